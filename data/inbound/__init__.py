"""Read what other systems send - JSON lines, Parquet, X12 180 and 214, EPCIS 2.0 - into cases.

InvalidMessage        a file or message can't be read; the message says where and what to do
ParquetNotInstalled   the plain install leaves the Parquet reader out
"""

from data.inbound.invalid_message import InvalidMessage, ParquetNotInstalled
from data.inbound.sender import Sender, read_sender
from data.inbound.set_aside import SetAsides
from data.inbound.source import case_lines, read_only_line

__all__ = [
    "InvalidMessage",
    "ParquetNotInstalled",
    "Sender",
    "SetAsides",
    "case_lines",
    "read_only_line",
    "read_sender",
]
