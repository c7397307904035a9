"""National numbers of Canada and Latin America."""

# ruff: noqa: E501  (a row broken over lines is harder to check than a long one)

from __future__ import annotations

from gateway.classify.recognizers import world_numbers as world
from gateway.classify.recognizers.rule import Identifier, digits, labels

AMERICAS = (
    Identifier("CA_SIN", digits(3, 3, 3, by=" -"), labels("sin|sin number|sin no|social insurance number|social insurance no|social insurance|numéro d'assurance sociale"), world.ca_sin, source="Employment Insurance Act"),
    Identifier("CA_HEALTH_CARD", r"\d{4}[ -]?\d{3}[ -]?\d{3}(?:[ -]?[A-Z]{2})?", labels("health card|health card number|ohip|ohip number|phn|personal health number|carte santé"), labelled=800, source="Health Insurance Act, Ontario"),
    Identifier("MX_CURP", r"[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{2}[B-DF-HJ-NP-TV-Z]{3}[0-9A-Z]\d", labels("curp|clave única de registro de población|clave unica"), world.mx_curp, alone=850, source="RENAPO"),
    Identifier("MX_RFC", r"[A-Z&]{3,4}\d{6}[A-Z0-9]{3}", labels("rfc|registro federal de contribuyentes"), world.mx_rfc, source="SAT"),
    Identifier("BR_CPF", r"\d{3}\.?\d{3}\.?\d{3}-?\d{2}", labels("cpf|cpf nº|cadastro de pessoas físicas|número do cpf|cpf number"), world.br_cpf, source="Receita Federal"),
    Identifier("BR_CPF", r"\d{3}\.\d{3}\.\d{3}-\d{2}", (), world.br_cpf, alone=850, source="Receita Federal"),
    Identifier("BR_CNPJ", r"[0-9A-Z]{2}\.?[0-9A-Z]{3}\.?[0-9A-Z]{3}/?[0-9A-Z]{4}-?\d{2}", labels("cnpj|cadastro nacional da pessoa jurídica"), world.br_cnpj, source="Receita Federal"),
    Identifier("BR_CNPJ", r"\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}", (), world.br_cnpj, alone=850, source="Receita Federal"),
    Identifier("AR_CUIT", r"\d{2}-?\d{8}-?\d", labels("cuit|cuil|clave única de identificación"), world.ar_cuit, source="ARCA"),
    Identifier("CL_RUT", r"\d{1,2}\.?\d{3}\.?\d{3}-?[0-9Kk]", labels("rut|rol único tributario"), world.cl_rut, source="Registro Civil"),
    Identifier("CO_CEDULA", r"\d{1,3}(?:\.?\d{3}){2,3}", labels("cédula|cédula de ciudadanía|cedula|nuip"), labelled=700, source="Registraduría"),
)  # fmt: skip
