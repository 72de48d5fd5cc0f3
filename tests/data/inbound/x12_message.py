"""Write X12 the way different senders do: other separators, line ends, widths and versions."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Habit:
    """How one sender writes its interchanges."""

    separator: str = "*"
    terminator: str = "~"
    line_end: str = "\n"
    version: str = "00401"
    trims: bool = False
    sender: str = "CELLMART"


PLAIN = Habit()
HABITS = {
    "one segment a line": PLAIN,
    "all on one line": Habit(line_end=""),
    "CRLF after each segment": Habit(line_end="\r\n"),
    "CRLF ends the segment": Habit(terminator="\r", line_end="\n"),
    "line feed ends the segment": Habit(terminator="\n", line_end=""),
    "pipes and carets": Habit(separator="|", terminator="^", version="00403"),
    "no padding in the ISA": Habit(trims=True),
    "unit separators": Habit(separator="\x1d", terminator="\x1c", line_end=""),
}


def interchange(*sets: str, habit: Habit = PLAIN, number: int = 905, at: str = "20260312 1405") -> str:
    """Wrap transaction sets, each written with `*` and one segment a line, and count them right."""
    segments = [_isa(habit, number, at), _gs(sets, number, at)]
    for place, text in enumerate(sets, start=1):
        segments += _with_trailer(text, f"{place:04d}")
    segments += [f"GE*{len(sets)}*{number}", f"IEA*1*{number:09d}"]
    return "".join(
        segment.replace("*", habit.separator) + habit.terminator + habit.line_end for segment in segments
    )


def _isa(habit: Habit, number: int, at: str) -> str:
    day, time = at.split()
    sender, receiver = habit.sender.ljust(15), "RETURNSCO".ljust(15)
    fields = ["00", " " * 10, "00", " " * 10, "ZZ", sender, "ZZ", receiver, day[2:], time, "U"]
    fields += [habit.version, f"{number:09d}", "0", "P"]
    if habit.trims:
        fields = [field.strip() for field in fields]
    return "*".join(["ISA", *fields, ">"])


def _gs(sets: tuple[str, ...], number: int, at: str) -> str:
    day, time = at.split()
    group = "QM" if any("B10*" in text for text in sets) else "AN"
    return f"GS*{group}*CELLMART*RETURNSCO*{day}*{time}*{number}*X*004010"


def _with_trailer(text: str, control: str) -> list[str]:
    kind, *segments = text.strip().splitlines()
    return [f"ST*{kind}*{control}", *segments, f"SE*{len(segments) + 2}*{control}"]


# A retailer sends back one phone that a customer called defective.
RETURN = """180
BGN*00*RQ-77120*20260310*0930*ET
RDR*RA*DM**DOES NOT CHARGE
PRF*PO-4410***20260102
DTM*035*20260105*1510*ET
N9*RZ*RMA-10023
N9*2I*1Z 999 AA1 01 2345 6784
N1*BY*CELL MART 118*92*CM118
N1*SF*CELL MART 118*92*CM118-DOCK
N4*AUSTIN*TX*78701*US
BLI*SK*IP14-128*1*EA**559.00**SN*F2LLX4ABCD
PID*F****SMARTPHONE 128GB BLACK
MEA**G*14.8*OZ
"""

# The parcel of that phone, as its carrier saw it.
PARCEL = """214
B10*1Z999AA10123456784*SHP5501*UPSN
L11*RMA-10023*RZ
LX*1
AT7*AF*NS***20260310*1820*CT
MS1*AUSTIN*TX*US
AT7*X4*NS***20260311*0215*CT
MS1*MEMPHIS*TN*US*0900300*0350900*W*N
AT7*SD*AA***20260311*0630*CT
AT8*G*L*0.9*1
"""

# Freight: a connecting line carries it, weights are in kilograms, no zone is given, one is an estimate.
FREIGHT = """214
B10*PRO556677*BOL-88*ODFL
MS3*RGNL*2*FRESNO*M
LX*1
AT7*J1*AZ***20260312*081530
AT7*AG*NS***20260314*1700
AT8*G*K*12.5*1
LX*2
AT7*D1*ZQ***20260313*1010
MS1*RENO*NV*USA
AT8*G*K*40*3
"""
