"""An exempt status in sentences, for people and for clients that show them to people."""

from mdm.tax.exemption import Considered, Exemption, ExemptStatus, Verdict


def reason_of(status: ExemptStatus, jurisdiction: str) -> str:
    """Why it is what it is, in one sentence."""
    if status.certificate is not None:
        what = "exempt" if status.exemption is Exemption.EXEMPT else f"exempt for {status.percent} percent"
        end = status.certificate.valid_to
        until = f", before {end.isoformat()}" if end else ""
        return f"Certificate {status.certificate.number} makes the customer {what} in {jurisdiction}{until}."
    if not jurisdiction:
        return "The location tells no country, so it lies in no jurisdiction."
    if not status.considered:
        return "The customer has no exemption certificate."
    told = "; ".join(f"{each.certificate.number} {verdict_words(each)}" for each in status.considered)
    return f"No certificate counts in {jurisdiction} on that day: {told}."


def verdict_words(each: Considered) -> str:
    """What a certificate came to, as the end of a sentence that begins with its number."""
    certificate = each.certificate
    match each.verdict:
        case Verdict.COUNTS:
            return "counts"
        case Verdict.NOT_ACCEPTED:
            return f"is {certificate.status}, which does not count"
        case Verdict.ELSEWHERE:
            return f"holds in {', '.join(sorted(certificate.jurisdictions))}"
        case Verdict.NOT_YET:
            return f"begins on {certificate.valid_from}"
        case Verdict.LAPSED:
            return f"ended before {certificate.valid_to}"
        case Verdict.EXEMPTS_NOTHING:
            return "exempts nothing"
