"""Abbreviations whose full stop ends no sentence, by language."""

from __future__ import annotations

from functools import cache

from searchidx.folding import fold
from searchidx.stemming import ENGLISH

_ABBREVIATIONS = {
    # months, titles, ranks, company forms, places as news prints them
    ENGLISH: """jan feb apr jun jul aug sept oct nov dec mon tue tues thu thur thurs fri mr mrs ms mx dr prof rev sr
        jr st ste mt ft gen adm lt maj capt cmdr cpl sgt pvt gov sen rep reps sens hon insp supt atty messrs mme mlle
        vs etc approx dept univ assn bros corp co inc ltd plc llc cie nos vol eds ave blvd rd hwy ala ariz calif colo
        conn fla ky md mich minn mont neb nev okla penn tenn tex va vt wis wyo bn mln dlr dlrs cts viz""",
    "de": """a abb abs allg anm apr aug b bd betr bez bspw bzgl bzw ca co d dez dgl dipl dr e einschl etc evtl feb ff
        frl geb gem ggf ggfs h hl hr hrsg i ing inkl j jan jh jhd k kap kl lt mio mrd mwst nov nr o okt phil prof rd
        s sept sog st std str teilw tel tsd u ua usw v verh vgl vs z zt zzgl""",
    "fr": """adj apr art av ave avr bd boul cf ch chap cie cit coll cp dec dept dir doc dr ed fasc fevr fig fr gal
        gen ibid ill inc janv jr juil lt ltd mgr mlle mlles mm mme mmes mr no nos nov obs oct op pp prof qq sept sg
        sqq sr st ste suiv tel trad vol vs""",
    "es": """abr admon afmo ago apdo aprox art arts av avda bco cap cia depto dic dir dpto dr dra dras dres edo ee ej
        emma ene esc etc excma excmo exmo feb fig gob gral ibid inc ing izq jul jun lic ltda mons nov nro num oct pag
        pags pbro pp prof profa prov pte pto rev sept sr sra sras sres srta sta sto tel tte ud uds uu vd vds vol vs""",
    "it": """ago apr artt avv cap cfr corr dic dott dottssa dr ecc ed es estr feb fig gen geom giu ibid ill ing lett
        mag mar max min mons mr mrs nn nov num onn op ott pag pagg pp prof proff profssa rag red rev sec sen sett sig
        sigg sigra sigri spa srl ss str tel trad vol vv""",
    "pt": """abr adm ago aprox art arts av cel cia cit cx dep dept des dez dir dr dra dras drs ed eng esp excia exma
        exmo fev fig gen gov jan jr jul jun ltda max min mons nov num obs pag pags pe pp pres prof profa profs prov
        sec sen sr sra sras srs srta sta sto tel ten vol vs""",
    "nl": """aant afb afd afz alg apr aug b bijl bijv blz br ca co d dec dhr dir div dr drs e ed enz etc evt excl fa
        fam feb fig gebr gem h i incl ing ir j jan jhr jl jr jul jun kath l lic lt m mej mevr mld mln mr mrs mrt n
        ned nov nr o okt ong opm p pag penn plm pr prof resp s secr sept sr st str t tel tst v vb vgl vlg vnl vol vs
        w ww x z zgn zog""",
    "sv": """adr afd apr aug avd bl ca co dec dr ed ev ex exkl f feb forf forts gm ing inkl jan jfr jr kl kr mkt mr
        mrs nov nr o obs okt osv prof red resp s sept sk skr st t tf trol ung v vol vs""",
    "da": """adr afd afs apr aug bd bl ca co dec dr eks ekskl el etc evt fa feb ff fhv fig fmd forf gl hhv hr ing
        inkl jan jf jr jvf kgl kl kr maks mia mio ml mm mr mrs nov nr obs okt osv pct prof red resp sept sml st stk
        str tel tlf vedr vol vs""",
    "no": """adm adr apr aug avd ca co dr eks ekskl etc evt f feb fhv fig forf gl ing inkl jan jf jr kap kgl kl kr
        maks mill mr mrd mrs nov nr obs okt osv pga prof red ref resp sept sml st str tlf vedr vol vs""",
    "fi": """ao em esim hlo jne kk klo ko kpl ks kts ltk milj ml mm mrd nk nro ns oy par prof puh rn rva synt tms
        toht toim tri ts tv up v vm vs vt yht ym yms""",
    "pl": """adw al art bp cd doc dr ds dyr gen godz hr inz itd itp jr kpt ks lek lic ltd mgr mjr mld mln nb np nr ob
        pkt pl plk pn pow prof przyp red rep rez rys sp sw tab tel tj tys tzn tzw ub ul ur us wg wlasc woj wsch wyd
        zach zal zl zob""",
    "cs": """angl arch atd atp cca cf cit cl doc dr gen hl im inc ing jr kap kol kpt lat mgr mil mj mjr mld mr mudr
        mvdr nam napr nar obr odd odst okr par pl plk por pozn pr prac prim prip proc prof red resp rev roc rtm rus
        skup sl sp spol st str sv tab tel tis tj tr tzn tzv ul uz vs vyd zal zejm""",
    "hu": """dr ev gy id ifj ig kb ker kft krt ld min mrd nb ny pl prof rt stb szept szi szt tc tel ti u ucc utca vö
        ö özv úm ún""",
    "ro": """alin av bd bis bl cap cf cpt dl dlor dlui dna dr dv ed etc fig gen ing jr jud loc lt mil mld mr nr obs
        pag pct plt prof pt sec sf sr st str tel vol vs""",
    "tr": """alb apt bkz bl bul cad cev doç dr dz fak gen ing ist jr kor ltd mah md müd no nr nö ord orgen ort prof
        red st söz tel tic uz vb vd vs yrd yy çev örn öğr ü şti""",
    "ru": """авг акад апр вв вып г га гг гл гос гр д дек диф доб долл доп доц др ед ж жит зав зам изд илл ин инж исп
        их к кв кг кн коп корр куб л лит м мин мл млн млрд н напр науч нояб о обл обр оз окт отв п пер пл пос пр прим
        просп проф р ред рис род руб с св сек сент см соч спец ср ст стр т табл тел тт тыс у ул ум ф февр фиг х ц ч
        чел шт экз эт юр янв""",
    "el": """αι αρ αριθ βλ δηλ δρ εκ εκατ κ κα κεφ κλπ κος λ μ μτφρ ο π πρβλ σ σελ στρ τ τηλ τομ χ χλμ""",
}  # fmt: skip
_CAPITALIZED = {
    ENGLISH: frozenset(
        "Mar Sep Sat Sun Col Fr Det Pres No Fig Ark Del Ga Ill Ind Kan La Mass Miss Mo Ore Pa Wash Wed Est".split()
    )
}
"""Abbreviations that are also words: only with a capital letter."""
_NONE: frozenset[str] = frozenset()


def is_abbreviation(printed: str, folded: str, language: str = ENGLISH) -> bool:
    """Whether a word is an abbreviation in a language; a capital letter is an initial: ``J. Smith``."""
    return (
        folded in _abbreviations(language)
        or printed in _CAPITALIZED.get(language, _NONE)
        or (len(printed) == 1 and printed.isupper())
    )


@cache
def _abbreviations(language: str) -> frozenset[str]:
    return frozenset(map(fold, _ABBREVIATIONS.get(language, "").split()))
