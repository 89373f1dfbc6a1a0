// Keys, dialogs and remembered switches. Everything also works without this file.

const typing = (target) =>
  target instanceof HTMLElement && (target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio]), textarea, select"));

const visible = (element) => element.offsetParent !== null || element.closest(".decision-bar") !== null;

function press(key) {
  const found = [...document.querySelectorAll(`[aria-keyshortcuts="${CSS.escape(key)}"]`)].find(
    (element) => !element.disabled && visible(element),
  );
  if (!found) return false;
  found.focus({ preventScroll: true });
  found.click();
  return true;
}

function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (!rows.length) return false;
  const at = rows.indexOf(document.activeElement);
  const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
  next.focus();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat || typing(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  const key = event.key.toLowerCase();
  const done = key === "j" ? step(1) : key === "k" ? step(-1) : press(key);
  if (done) event.preventDefault();
});

// A second press while the first is under way would decide the next pair unseen.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

for (const opener of document.querySelectorAll("[data-opens]")) {
  opener.addEventListener("click", () => document.getElementById(opener.dataset.opens).showModal());
}
for (const box of document.querySelectorAll("[data-remember]")) {
  const name = `assay.${box.dataset.remember}`;
  box.checked = localStorage.getItem(name) === "yes";
  box.addEventListener("change", () => localStorage.setItem(name, box.checked ? "yes" : "no"));
}
for (const box of document.querySelectorAll("[data-checks-all]")) {
  box.addEventListener("change", () => {
    for (const each of document.querySelectorAll(`input[name="${box.dataset.checksAll}"]`)) each.checked = box.checked;
  });
}
