"""The roles of a node: what somebody's work is, as policies name it."""

from __future__ import annotations

from types import MappingProxyType

ROLES = MappingProxyType(
    {
        "patient": ("Patient", "患者"),
        "physician": ("Physician", "医生"),
        "nurse": ("Nurse", "护士"),
        "technician": ("Laboratory and imaging staff", "医技人员"),
        "pharmacist": ("Pharmacist", "药师"),
        "registrar": ("Registration desk", "挂号收费"),
        "medical_director": ("Medical director", "医务管理"),
        "interface_engineer": ("Interface engineer", "接口工程师"),
        "system_administrator": ("System administrator", "系统管理员"),
        "security_administrator": ("Security administrator", "安全管理员"),
        "audit_administrator": ("Audit administrator", "审计管理员"),
        "integration": ("Trusted program", "受信程序"),
    }
)
"""English and Chinese names by the word that policies use."""

ADMINISTRATORS = frozenset({"system_administrator", "security_administrator", "audit_administrator"})
"""Three that one account shall not hold together (GB/T 22239-2019, three-way separation), but for the console of a node
that has no other account yet."""

CONSOLE = frozenset({"medical_director", "interface_engineer"}) | ADMINISTRATORS
"""What the one-time link on the console opens: whoever reads that console holds the data folder anyway."""

PROGRAM = frozenset({"integration"})
