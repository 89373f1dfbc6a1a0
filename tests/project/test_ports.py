import socket

from mdm.project.supervisor.ports import LOOPBACK, choose_ports


def test_a_taken_port_gives_way_to_the_next_free_one() -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen(1)
        usual = taken.getsockname()[1]

        assert choose_ports({"web": usual})["web"] != usual


def test_a_port_on_all_addresses_counts_as_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))  # noqa: S104 - the point of the test
        taken.listen(1)
        usual = taken.getsockname()[1]

        assert choose_ports({"web": usual})["web"] != usual


def test_no_two_names_get_one_port() -> None:
    chosen = choose_ports({"web": 18_230, "crm": 18_230, "erp": 18_230})

    assert len(set(chosen.values())) == 3
