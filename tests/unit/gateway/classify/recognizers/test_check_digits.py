"""Check digits against examples that issuers and standards publish, and against python-stdnum."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classify.recognizers import check_digits as plain
from gateway.classify.recognizers import european_numbers as eu
from gateway.classify.recognizers import world_numbers as world
from gateway.classify.recognizers.payment import is_card

Check = Callable[[str], bool]

PUBLISHED: list[tuple[Check, str]] = [
    (plain.luhn, "79927398713"),
    (plain.verhoeff, "2363"),
    (plain.mod_11_2, "079X"),
    (plain.mod_11_10, "07945"),
    (plain.mod_37_36, "A12425GABC1234002M"),
    (plain.mod_97_10, "79444"),
    (is_card, "4111111111111111"),
    (is_card, "378282246310005"),
    (is_card, "2223003122003222"),
    (is_card, "6200000000000005"),
    (is_card, "5000000000000611"),
    (is_card, "6759649826438453"),
    (is_card, "2200000000000004"),
    (is_card, "9792000000000003"),
    (world.iban, "DE89370400440532013000"),
    (world.iban, "GB82WEST12345698765432"),
    (world.iban, "NO9386011117947"),
    (world.us_npi, "1234567893"),
    (world.us_dea, "AB1234563"),
    (world.us_mbi, "1EG4TE5MK73"),
    (world.us_routing, "021000021"),
    (world.gb_nhs, "9434765919"),
    (world.gb_utr, "1955839661"),
    (world.ch_ahv, "7569217076985"),
    (world.cn_resident, "11010519491231002X"),
    (world.cn_company, "91350100M000100Y43"),
    (world.jp_my_number, "123456789018"),
    (world.tw_identity, "A123456789"),
    (world.hk_identity, "A1234563"),
    (world.sg_nric, "S1234567D"),
    (world.in_gstin, "27AAPFU0939F1ZV"),
    (world.au_medicare, "2123456701"),
    (world.au_tfn, "123456782"),
    (world.ca_sin, "130692544"),
    (world.mx_clabe, "032180000118359719"),
    (world.br_cpf, "11144477735"),
    (world.br_cnpj, "12ABC34501DE35"),
    (world.ru_snils, "11223344595"),
    (eu.de_tax_id, "86095742719"),
    (eu.de_pension, "15070649C103"),
    (eu.de_identity_card, "T220001293"),
    (eu.de_health_insurance, "A123456780"),
    (eu.fi_personal, "131052308T"),
    (eu.fr_nir, "255081416802538"),
    (eu.lu_national, "1893120105732"),
    (eu.lv_personal, "16117519997"),
    (eu.hu_tax, "8071592153"),
    (eu.hu_social_security, "111111110"),
    (eu.es_person, "54362315K"),
    (eu.es_person, "X2482300W"),
    (eu.es_social_security, "281234567840"),
    (eu.it_fiscal_code, "RCCMNL83S18D969H"),
    (eu.ie_pps, "6433435F"),
    (eu.nl_bsn, "111222333"),
    (eu.nl_vat, "004495445B01"),
    (eu.pl_pesel, "44051401359"),
    (eu.ro_cnp, "1630615123457"),
    (eu.se_personal, "8803200016"),
]


@pytest.mark.parametrize(
    ("check", "number"), PUBLISHED, ids=[f"{check.__name__} {number}" for check, number in PUBLISHED]
)
def test_a_published_example_is_right(check: Check, number: str) -> None:
    assert check(number)


@pytest.mark.parametrize(
    ("check", "number"), PUBLISHED, ids=[f"{check.__name__} {number}" for check, number in PUBLISHED]
)
def test_most_single_wrong_digits_are_noticed(check: Check, number: str) -> None:
    changed = [
        number[:place] + digit + number[place + 1 :]
        for place, each in enumerate(number)
        if each.isdecimal()
        for digit in "0123456789"
        if digit != each
    ]
    if check is not world.us_mbi:  # the one format of these that has no check digit
        assert sum(check(each) for each in changed) <= len(changed) * 0.2


ORACLES: list[tuple[Check, str, str]] = [
    # ours, the module of python-stdnum, how a number looks: `#` a digit, `@` a letter
    (plain.luhn, "luhn", "##########"),
    (plain.verhoeff, "verhoeff", "##########"),
    (plain.mod_11_10, "iso7064.mod_11_10", "##########"),
    (plain.mod_97_10, "iso7064.mod_97_10", "@@########"),
    (world.iban, "iban", "GB##@@@@##############"),
    (world.us_ssn, "us.ssn", "#########"),
    (world.gb_nhs, "gb.nhs", "##########"),
    (world.gb_utr, "gb.utr", "##########"),
    (world.ch_ahv, "ch.ssn", "756##########"),
    (world.tr_identity, "tr.tckimlik", "###########"),
    (world.ru_inn, "ru.inn", "############"),
    (world.il_identity, "il.idnr", "#########"),
    (world.kr_resident, "kr.rrn", "8506121000###"),
    (world.in_aadhaar, "in_.aadhaar", "############"),
    (world.th_identity, "th.pin", "#############"),
    (world.au_tfn, "au.tfn", "#########"),
    (world.ca_sin, "ca.sin", "#########"),
    (world.br_cpf, "br.cpf", "###########"),
    (world.br_cnpj, "br.cnpj", "##############"),
    (world.ar_cuit, "ar.cuit", "20#########"),
    (world.cl_rut, "cl.rut", "#########"),
    (world.mx_curp, "mx.curp", "GOMC850612HDFNRS##"),
    (eu.at_svnr, "at.vnr", "##########"),
    (eu.at_vat, "at.uid", "U########"),
    (eu.bg_vat, "bg.vat", "#########"),
    (eu.cy_vat, "cy.vat", "########@"),
    (eu.de_tax_id, "de.idnr", "###########"),
    (eu.de_vat, "de.vat", "#########"),
    (eu.dk_vat, "dk.cvr", "########"),
    (eu.baltic_personal, "ee.ik", "3760503####"),
    (eu.ee_vat, "ee.kmkr", "#########"),
    (eu.es_person, "es.nif", "########@"),
    (eu.fi_vat, "fi.alv", "########"),
    (eu.fr_vat, "fr.tva", "###########"),
    (eu.fr_tax, "fr.nif", "0############"),
    (eu.gr_afm, "gr.vat", "#########"),
    (eu.gr_amka, "gr.amka", "150375#####"),
    (eu.hr_oib, "hr.oib", "###########"),
    (eu.hu_vat, "hu.anum", "########"),
    (eu.ie_pps, "ie.pps", "#######@"),
    (eu.lt_vat, "lt.pvm", "#######1#"),
    (eu.lu_vat, "lu.tva", "########"),
    (eu.mt_vat, "mt.vat", "########"),
    (eu.nl_bsn, "nl.bsn", "#########"),
    (eu.pl_pesel, "pl.pesel", "850712#####"),
    (eu.pl_nip, "pl.nip", "##########"),
    (eu.pl_regon, "pl.regon", "#########"),
    (eu.pt_nif, "pt.nif", "#########"),
    (eu.pt_citizen_card, "pt.cc", "#########@@#"),
    (eu.ro_cnp, "ro.cnp", "185061240####"),
    (eu.ro_vat, "ro.cui", "########"),
    (eu.se_personal, "se.personnummer", "811218####"),
    (eu.si_emso, "si.emso", "010100650####"),
    (eu.si_vat, "si.ddv", "########"),
]


@pytest.mark.parametrize(("check", "module", "shape"), ORACLES, ids=[row[1] for row in ORACLES])
def test_ours_agrees_with_another_implementation(check: Check, module: str, shape: str) -> None:
    oracle: Check = import_module(f"stdnum.{module}").is_valid
    rng = random.Random(module)
    drawn = {"#": "0123456789", "@": "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    numbers = ["".join(rng.choice(drawn.get(each, each)) for each in shape) for _ in range(60)]
    numbers = [number[:-1] + last for number in numbers for last in drawn[shape[-1]]]
    assert [number for number in numbers if check(number) is not oracle(number)] == []
    assert any(map(check, numbers))


ALL_CHECKS = sorted(
    {
        each
        for module in (eu, world)
        for name, each in vars(module).items()
        if name[2:3] == "_" and name != "is_day" and callable(each)
    }
    | {row[0] for row in PUBLISHED},
    key=lambda check: check.__name__,
)


@given(st.text("0123456789ABCXYZ", max_size=20))
def test_letters_where_digits_belong_are_wrong_or_a_value_error(number: str) -> None:
    for check in ALL_CHECKS:
        with suppress(ValueError):
            assert check(number) in {True, False}
