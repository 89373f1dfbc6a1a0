"""Start to finish: services, systems, first load, the hub's programs; then watch until Ctrl-C."""

import os
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from rich.console import Console

from mdm.project.demo.first_load import load_everything, make_extracts
from mdm.project.demo.people import make_people
from mdm.project.demo.places import TARGETS, DemoPlaces, token_variable
from mdm.project.demo.programs import hub_programs, target_program
from mdm.project.demo.summary import print_summary
from mdm.project.demo.systems import connect_targets
from mdm.project.supervisor.laps import Laps
from mdm.project.supervisor.ports import choose_ports
from mdm.project.supervisor.processes import Supervisor
from mdm.project.supervisor.services import embedded_services
from sync.selectors.backlog import backlogs

USUAL_PORTS = {"web": 8000, "crm": 8101, "erp": 8102}


def run_demo(*, new_passwords: bool, until_ready: bool) -> None:
    """Bring the demo up and keep it up. With `until_ready` it stops once everything answers.

    Ctrl-C and SIGTERM arrive as KeyboardInterrupt; whatever was started has stopped when this returns.
    """
    laps, places = Laps(), DemoPlaces(Path(settings.STATE_DIR))
    console = laps.console
    ports = choose_ports(USUAL_PORTS)
    tokens = places.tokens()
    with laps.step("PostgreSQL and Redis"):
        services = embedded_services(state=settings.STATE_DIR)
        running = services.__enter__()
    try:
        environment = {
            **os.environ,
            **running.environment(),
            **{token_variable(name): tokens[name] for name in TARGETS},
            "ASSAY_PUBLIC_URL": f"http://127.0.0.1:{ports['web']}",
            "ASSAY_LOG_FORMAT": "json",
        }
        os.environ.update({token_variable(name): tokens[name] for name in TARGETS})
        with Supervisor(state=settings.STATE_DIR, report=console.print) as supervisor:
            first = not places.loaded_mark.exists()
            with laps.step("Database migrated"):
                call_command("migrate", verbosity=0)
            if first:
                with laps.step("CRM and ERP extracts made"):
                    make_extracts(places)
            with laps.step("CRM and ERP started"):
                supervisor.start(*(target_program(n, port=ports[n], places=places, token=tokens[n]) for n in TARGETS))
            with laps.step("Systems, mappings, rules, people"):
                connect_targets(ports, at=timezone.now())
                passwords = make_people(renew=new_passwords)
            if first:
                load_everything(laps, places=places, environment=environment)
            with laps.step("Web, relay, worker, schedule"):
                supervisor.start(
                    *hub_programs(
                        port=ports["web"],
                        environment=environment,
                        with_celery=running.redis_url is not None,
                        state=settings.STATE_DIR,
                    )
                )
            if first:
                print_summary(console, places=places)
            _tell(console, ports, passwords, laps, redis=running.redis_url is not None)
            if until_ready:
                return
            supervisor.watch(ensure=running.ensure)
    finally:
        services.__exit__(None, None, None)


def _tell(console: Console, ports: dict[str, int], passwords: dict[str, str], laps: Laps, *, redis: bool) -> None:
    if passwords:
        console.print("\nSign in with one of these; the passwords are shown this once:")
        for name, password in passwords.items():
            console.print(f"  {name:<10}{password}", markup=False)
    else:
        console.print("\nPasswords are as they were first shown; `manage.py demo --new-passwords` makes new ones.")
    console.print(f"\nHub  http://127.0.0.1:{ports['web']}/", markup=False)
    console.print(f"CRM  http://127.0.0.1:{ports['crm']}/", markup=False)
    console.print(f"ERP  http://127.0.0.1:{ports['erp']}/", markup=False)
    if not redis:
        console.print("There is no Redis here: no worker and no schedule, the relay delivers alone.")
    due = sum(each.waiting for each in backlogs())
    console.print(
        f"\nReady after {laps.total_seconds:.1f} s. {due:,} deliveries drain in the background. Ctrl-C stops all."
    )
