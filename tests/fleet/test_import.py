"""A table of customers becomes blocks that an inventory takes, or is refused with its rows."""

from __future__ import annotations

import pytest

from auditor.errors import ExitCode, InventoryError
from auditor.files.toml_reading import parse_toml
from auditor.fleet.inventory.inventory_reader import read_inventory
from auditor.fleet.inventory.table_import import import_table

HEADER = "tenant,name,target,tags"
ROW = "Muster GmbH,Graz 1,https://graz.example,hotel big"


def table(folder, *rows, header=HEADER):
    return folder.write("customers.csv", "\n".join([header, *rows]))


def line_of(error):
    return error.where.line


def wrong_rows(folder, *rows, header=HEADER):
    found = import_table(table(folder, *rows, header=header), None)
    return {line_of(one) for one in found.problems}


class TestRead:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
    @pytest.mark.parametrize("told", ["", "sep={}\r\n"])
    def test_as_spreadsheets_write_it(self, folder, delimiter, encoding, told):
        row = delimiter.join(["Öl & Söhne", "Wien 1", "https://wien.example", ""])
        text = told.format(delimiter) + HEADER.replace(",", delimiter) + f"\r\n{row}\r\n\r\n"
        found = import_table(folder.write("t.csv", text.encode(encoding)), None)
        assert parse_toml(found.text) == {
            "tenant": [{"id": "oel-soehne", "name": "Öl & Söhne"}],
            "pbx": [
                {
                    "id": "wien-1",
                    "name": "Wien 1",
                    "tenant": "oel-soehne",
                    "target": "https://wien.example",
                }
            ],
        }

    def test_the_header_is_the_first_row_that_is_not_empty(self, folder):
        found = import_table(folder.write("t.csv", "\n\ntenant;id;target\na;p;x.example\n"), None)
        assert parse_toml(found.text)["pbx"][0]["target"] == "https://x.example"

    @pytest.mark.parametrize("host", ["192.168.0.1", "192.168.0.1:8443", "[::1]", "[fe80::1]:8443"])
    def test_a_host_gets_its_scheme(self, folder, host):
        found = import_table(table(folder, f"A,Graz,{host},"), None)
        assert parse_toml(found.text)["pbx"][0]["target"] == f"https://{host}"

    @pytest.mark.parametrize("name", ["graz.txt", "graz.XML", "snapshot.json", "cfg-1.cfg"])
    def test_a_file_that_is_not_there_yet_is_no_host(self, folder, name):
        found = import_table(table(folder, f"A,Graz,{name},"), None)
        assert parse_toml(found.text)["pbx"][0]["target"] == name

    def test_german_headers_and_columns_that_nobody_knows(self, folder):
        path = table(folder, "Muster;Graz;graz.example;+43 1", header="Kunde;Anlage;Adresse;Tel")
        found = import_table(path, None)
        assert found.unused == ("Tel",)
        assert parse_toml(found.text)["pbx"][0]["target"] == "https://graz.example"

    def test_two_customers_have_a_pbx_of_one_name(self, folder):
        found = import_table(
            table(folder, "A,Zentrale,https://a.example,", "B,Zentrale,https://b.example,"), None
        )
        ids = [one["id"] for one in parse_toml(found.text)["pbx"]]
        assert (ids, found.problems) == (["a-zentrale", "b-zentrale"], ())

    @pytest.mark.parametrize("name", ['a"b', "a\\b", "a'''b", "[[pbx]]", "a # b", "ä" * 90])
    def test_a_name_stays_a_name(self, folder, name):
        quoted = '"' + name.replace('"', '""') + '"'
        header = "id,tenant,name,target"
        found = import_table(table(folder, f"x,t,{quoted},https://a.example", header=header), None)
        assert parse_toml(found.text)["pbx"][0]["name"] == name


class TestRefused:
    @pytest.mark.parametrize("cell", ["=1+1", "+1", "-cmd", "@SUM(A1)", "=cmd|' /C calc'!A0"])
    @pytest.mark.parametrize("column", [0, 1, 3])
    def test_a_formula(self, folder, cell, column):
        cells = ["Muster", "Graz", "https://graz.example", "hotel"]
        cells[column] = cell
        assert wrong_rows(folder, ROW, ",".join(cells)) == {3}

    def test_what_cannot_be_seen(self, folder):
        assert wrong_rows(folder, "Mus\u202eter,Graz,https://graz.example,") == {2}

    @pytest.mark.parametrize(
        "rows",
        [
            ("A,Graz,https://a.example,", "A,GRAZ,https://b.example,"),
            ("A,Graz,https://a.example,", "A,Wien,https://A.example,"),
        ],
    )
    def test_what_is_there_twice_is_named_with_both_rows(self, folder, rows):
        found = import_table(table(folder, ROW.replace("graz.", "x."), *rows), None)
        duplicate = next(one for one in found.problems if line_of(one) == 4)
        assert "3" in duplicate.message or "2" in duplicate.message

    @pytest.mark.parametrize(
        ("key", "one", "other"),
        [
            ("target", "https://x.example", "http://X.example:80/"),
            ("target", "https://x.example:443", "x.example"),
            ("target", "nights/a", "./nights/a/"),
            ("serial", "00:90:33:1A:2B:3C", "0090331a2b3c"),
        ],
    )
    def test_the_same_box_written_in_two_ways(self, folder, key, one, other):
        others = ("https://a.example,", "https://b.example,") if key == "serial" else ("", "")
        rows = [f"p{at},t,{others[at]}{cell}" for at, cell in enumerate((one, other))]
        header = "id,tenant,target" + (",serial" if key == "serial" else "")
        assert wrong_rows(folder, *rows, header=header) == {3}

    def test_ids_that_are_given_twice(self, folder):
        rows = ("x,t,https://a.example", "X,t,https://b.example")
        assert wrong_rows(folder, *rows, header="id,tenant,target") == {3}

    @pytest.mark.parametrize(
        "row",
        [
            *(",Graz,https://a.example,", "A,,https://a.example,", "A,Graz,,", "A,Graz,-,"),
            *("A,Graz,https://u:geheim@a.example,", "A,Graz,ftp://a.example,"),
            *("!!!,Graz,https://a.example,", "A,!!!,https://a.example,"),
            *("A,Graz,https://a.example,,more", "A,Graz,u:geheim@a.example,"),
        ],
    )
    def test_a_row_that_is_no_pbx(self, folder, row):
        assert wrong_rows(folder, ROW, row) == {3}

    def test_no_account_of_a_target_is_shown(self, folder, console):
        table(folder, "A,Graz,https://u:geheim@a.example,")
        ended = console("fleet", "import", "customers.csv")
        assert ended.code == ExitCode.USAGE
        assert "geheim" not in ended.said

    @pytest.mark.parametrize(
        "header",
        [
            *("tenant,name", "name,target", "tenant,target", "a,b", "tenant,name,target,url"),
            *("tenant,name,target,Passwort", "tenant,name,target,admin password"),
            *("tenant,name,target,Kennwörter", "tenant,name,target,PIN", "tenant,name,target,pwd"),
            "tenant,name,target,API token",
        ],
    )
    def test_a_header_that_lacks_or_has_what_it_must_not(self, folder, header):
        with pytest.raises(InventoryError):
            import_table(table(folder, "a,b,c,d", header=header), None)

    @pytest.mark.parametrize(
        "content",
        [
            *(b"", b"\n\n", b"a,b\0c", b'tenant,name,target\n"a', b"\x81"),
            *(b"tenant,name,target\n", b"tenant;name;target\r\n;;\r\n"),
        ],
    )
    def test_what_is_no_table(self, folder, content):
        with pytest.raises(InventoryError):
            import_table(folder.write("t.csv", content), None)

    def test_a_missing_table(self, folder):
        with pytest.raises(InventoryError):
            import_table(folder.path / "gone.csv", None)


class TestCommand:
    def test_a_file_beside_an_inventory_is_read_with_it(self, console, folder):
        (folder.path / "evidence").mkdir()
        folder.write("fleet.toml", "")
        table(folder, "Muster,Graz,evidence,")
        out = ("-o", "fleet.d/customers.toml")
        assert console("fleet", "import", "customers.csv", *out).code == ExitCode.OK
        (one,) = read_inventory(folder.file).pbxs
        assert one.target.text == str(folder.path / "evidence")

    def test_a_file_is_never_overwritten(self, console, folder):
        table(folder, ROW)
        folder.write("out.toml", "mine")
        assert console("fleet", "import", "customers.csv", "-o", "out.toml").code == ExitCode.USAGE
        assert (folder.path / "out.toml").read_text() == "mine"

    def test_nothing_is_written_if_a_row_is_wrong(self, console, folder):
        table(folder, ROW, "A,,,")
        assert console("fleet", "import", "customers.csv", "-o", "out.toml").code == ExitCode.USAGE
        assert not (folder.path / "out.toml").exists()

    def test_without_a_file_it_is_shown(self, console, folder):
        table(folder, ROW)
        ended = console("fleet", "import", "customers.csv")
        assert parse_toml(ended.out)["pbx"][0]["tags"] == ["hotel", "big"]
