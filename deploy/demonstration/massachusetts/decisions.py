"""What a person decided about the published provider rows: proper names, renamings, mergers, one wrong match."""

from typing import NamedTuple

AGENCY = ("MA-DESE", "Massachusetts Department of Elementary and Secondary Education")

# Matched by the source to IPEDS; the name is today's.
INSTITUTIONS = {
    "ipeds-164447": "American International College",
    "ipeds-164492": "Anna Maria College",
    "ipeds-164562": "Assumption University",
    "ipeds-164632": "Bay Path University",
    "ipeds-164720": "Becker College",
    "ipeds-164748": "Berklee College of Music",
    "ipeds-164924": "Boston College",
    "ipeds-164988": "Boston University",
    "ipeds-165015": "Brandeis University",
    "ipeds-165024": "Bridgewater State University",
    "ipeds-165167": "Cambridge College",
    "ipeds-165334": "Clark University",
    "ipeds-165529": "Curry College",
    "ipeds-165644": "Eastern Nazarene College",
    "ipeds-165662": "Emerson College",
    "ipeds-165671": "Emmanuel College",
    "ipeds-165699": "Endicott College",
    "ipeds-165820": "Fitchburg State University",
    "ipeds-165866": "Framingham State University",
    "ipeds-165936": "Gordon College",
    "ipeds-166027": "Harvard Graduate School of Education",
    "ipeds-166054": "Hellenic College Holy Cross",
    "ipeds-166124": "College of the Holy Cross",
    "ipeds-166391": "Lasell University",
    "ipeds-166452": "Lesley University",
    "ipeds-166489": "Longy School of Music of Bard College",
    "ipeds-166513": "University of Massachusetts Lowell",
    "ipeds-166629": "University of Massachusetts Amherst",
    "ipeds-166638": "University of Massachusetts Boston",
    "ipeds-166674": "Massachusetts College of Art and Design",
    "ipeds-166850": "Merrimack College",
    "ipeds-166911": "Montserrat College of Art",
    "ipeds-166939": "Mount Holyoke College",
    "ipeds-167260": "Nichols College",
    "ipeds-167288": "Massachusetts College of Liberal Arts",
    "ipeds-167358": "Northeastern University",
    "ipeds-167394": "Elms College",
    "ipeds-167598": "Regis College",
    "ipeds-167729": "Salem State University",
    "ipeds-167783": "Simmons University",
    "ipeds-167835": "Smith College",
    "ipeds-167899": "Springfield College",
    "ipeds-167987": "University of Massachusetts Dartmouth",
    "ipeds-167996": "Stonehill College",
    "ipeds-168005": "Suffolk University",
    "ipeds-168148": "Tufts University",
    "ipeds-168218": "Wellesley College",
    "ipeds-168254": "Western New England University",
    "ipeds-168263": "Westfield State University",
    "ipeds-168281": "Wheaton College",
    "ipeds-168421": "Worcester Polytechnic Institute",
    "ipeds-168430": "Worcester State University",
}

# Former name and the year of the renaming.
RENAMED = {
    "ipeds-164562": ("Assumption College", 2020),
    "ipeds-164632": ("Bay Path College", 2014),
    "ipeds-166391": ("Lasell College", 2019),
    "ipeds-167783": ("Simmons College", 2018),
}


class Merged(NamedTuple):
    """An institution that another one took over: the source matches it to the one that lives on."""

    name: str
    successor: str
    year: int


_MERGED = {
    "wheelock college": Merged("Wheelock College", "ipeds-164988", 2018),
    "mount ida college": Merged("Mount Ida College", "ipeds-166629", 2018),
    "pine manor college": Merged("Pine Manor College", "ipeds-164924", 2020),
    "boston conservatory": Merged("The Boston Conservatory", "ipeds-164748", 2016),
}
_MERGED["boston conservatory music"] = _MERGED["boston conservatory"]


def merged_into(program: str) -> Merged | None:
    """What became of this institution, if another one took it over."""
    return _MERGED.get(program)


# The source matched these to an institution that they have nothing to do with (here: the University of Kansas).
WRONG_MATCHES = {
    "high meadows graduate school teaching and learning inc": "High Meadows Graduate School of Teaching and Learning"
}

# Districts that the source lists, in some year, under a number that is no district code.
DISTRICTS_BY_CODE = {
    "city on a hill charter school": "04370000",
    "francis w parker charter essentialdis": "04780000",
    "match charter public school district": "04690000",
    "newton school district": "02070000",
}

# Organizations outside higher education: our code and the proper name.
_BOSTON_RESIDENCY = ("20200013", "Boston Teacher Residency")
_LEAHY_BRINE = ("20200001", "Catherine Leahy-Brine Educational Consultants")
_NORTHEAST_CONSORTIUM = ("title2-118", "Northeast Consortium for Staff Development")
ALTERNATIVES = {
    "boston teacher residency program btr": _BOSTON_RESIDENCY,
    "boston teacher residency": _BOSTON_RESIDENCY,
    "catherine leahy brine educational consultants": _LEAHY_BRINE,
    "catherine leahy brine educational consultants inc": _LEAHY_BRINE,
    "northeast consortium": _NORTHEAST_CONSORTIUM,
    "northeast consortium for staff development": _NORTHEAST_CONSORTIUM,
    "charles sposato graduate school education inc": ("title2-130", "Charles Sposato Graduate School of Education"),
    "collaborative for educational services": ("title2-112", "Collaborative for Educational Services"),
    "delet": ("20200004", "DeLeT"),
    "education cooperative tec": ("05760000", "The Education Cooperative"),
    "massachusetts elementary school principals association mespa": (
        "20200006",
        "Massachusetts Elementary School Principals' Association",
    ),
    "merrimack education center mec": ("20200008", "Merrimack Education Center"),
    "prism educational consultants inc": ("20200018", "PRISM Educational Consultants"),
    "shady hill": ("title2-121", "Shady Hill School"),
    "south coast educational collaborative": ("05220000", "South Coast Educational Collaborative"),
    "teach for america": ("title2-124", "Teach For America"),
    "teach western ma 20200026": ("20200026", "Teach Western Mass"),
    "teachers loft": ("title2-127", "The Teachers' Loft"),
    "woodrow wilson academy teaching and learning": ("20200025", "Woodrow Wilson Academy of Teaching and Learning"),
}
