"""Define the codes of other systems, which are kept as they were written."""

from pydantic import Field

from data.strict import Frozen, Name


class SourceCode(Frozen):
    """One code of a message from elsewhere."""

    element: Name = Field(description="Where it stood, such as `X12 AT7-01` or `EPCIS bizStep`.")
    code: Name = Field(description="The code as it was written.")
    meaning: Name | None = Field(None, description="In words; left out where the code is not known here.")
