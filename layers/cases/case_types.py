"""Types of cases: how long each may take, and whether the work is inspected before closing."""

from dataclasses import dataclass

from layers.cases.clock import Limit, Unit


@dataclass(frozen=True, slots=True)
class CaseType:
    """
    What holds for all cases of a category.

    `limit` runs from the report till the work is handled. `inspected` cases are closed only after
    an inspection.
    """

    zh: str
    en: str
    limit: Limit
    inspected: bool = False


# GB/T 30428.2 event classes as seen in excerpts, and two of daily life. Limits are of the order of
# those that cities publish (立案标准); each city decides its own.
CASE_TYPES = {
    "environment": CaseType("市容环境", "Streets and environment", Limit(4, Unit.WORKING_HOUR)),
    "advertising": CaseType("宣传广告", "Posters and signs", Limit(1, Unit.WORKING_DAY)),
    "construction": CaseType(
        "施工管理", "Construction", Limit(7, Unit.WORKING_DAY), inspected=True
    ),
    "emergency": CaseType("突发事件", "Emergency", Limit(2, Unit.URGENT_HOUR), inspected=True),
    "street_order": CaseType("街面秩序", "Street order", Limit(4, Unit.WORKING_HOUR)),
    "facility": CaseType("公共设施", "Public facility", Limit(5, Unit.WORKING_DAY)),
    "dispute": CaseType("矛盾纠纷", "Dispute", Limit(30, Unit.NATURAL_DAY)),
    "other": CaseType("其他", "Other", Limit(5, Unit.WORKING_DAY)),
}
