"""Define the query strings of the GET calls, with the limits that the OpenAPI document shows."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict

from data.decision import Disposition
from data.strict import Identifier, Instant, Name, Wholes
from serving.record.desk.desk_rules import ReviewReason
from serving.record.desk.review_queue import QueueOrder
from serving.record.photo_store.shown_photo import PictureSize

MAX_PAGE = 200
MAX_CURSOR = 2**53

Limit = Annotated[int, Wholes(1, MAX_PAGE, from_digits=True)]
Cursor = Annotated[int, Wholes(0, MAX_CURSOR, from_digits=True)]


class Query(BaseModel):
    """Base of every query, and all of one that takes nothing: unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DecisionsQuery(Query):
    """What GET /v1/decisions may be narrowed by."""

    limit: Limit = 50
    cursor: Cursor | None = None
    rma_id: Identifier | None = None
    disposition: Disposition | None = None


class ReturnsQuery(Query):
    """Which page of the returns is asked for."""

    limit: Limit = 50
    cursor: Cursor | None = None


class PageQuery(Query):
    """Which page of the events is asked for."""

    limit: Limit = 50
    cursor: Cursor = 0


class DecisionQuery(Query):
    """Who looks at a decision, and whether they judge it blind: what may be shown depends on both."""

    person: Name | None = None
    blind: bool = False


class QueueQuery(PageQuery):
    """Which page of the review queue is asked for, of what, and in which order."""

    order: QueueOrder | None = None
    reason: ReviewReason | None = None
    claimed: bool | None = None
    due_before: Instant | None = None


class PhotoQuery(Query):
    """How a kept photo is shown."""

    size: PictureSize = PictureSize.ORIGINAL
    overlay: bool = False


class CertificateQuery(Query):
    """Whether a certificate is wanted as a PDF or as JSON; without it, the header Accept tells."""

    format: Literal["pdf", "json"] | None = None


class FiguresQuery(Query):
    """From when on the figures count."""

    since: Instant | None = None
