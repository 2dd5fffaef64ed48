"""The names of months and weekdays in the languages of newspapers, from the Unicode CLDR (https://cldr.unicode.org/).

A name of two months is left out, such as the Croatian `listopad`, the tenth month, which in Polish and Czech is the
eleventh. Thai years count from 543 BC.
"""

from __future__ import annotations

_NAMES = (
    # en
    "jan|january feb|february mar|march apr|april may jun|june jul|july aug|august sep|september|sept oct|october "
    "nov|november dec|december",
    # de
    "jan|januar|jänner|jän feb|februar|feber mär|märz|mrz apr|april mai jun|juni jul|juli aug|august "
    "sep|sept|september okt|oktober nov|november dez|dezember",
    # fr
    "janv|janvier|jan févr|février|fév|fevrier mars avr|avril mai juin|jun juil|juillet|jul août|aoû|aout "
    "sept|septembre|sep oct|octobre nov|novembre déc|décembre|decembre",
    # es
    "ene|enero feb|febrero mar|marzo abr|abril may|mayo jun|junio jul|julio ago|agosto "
    "sept|septiembre|setiembre|sep|set oct|octubre nov|noviembre dic|diciembre",
    # it
    "gen|gennaio feb|febbraio mar|marzo apr|aprile mag|maggio giu|giugno lug|luglio ago|agosto set|settembre "
    "ott|ottobre nov|novembre dic|dicembre",
    # pt
    "jan|janeiro fev|fevereiro mar|março abr|abril mai|maio jun|junho jul|julho ago|agosto set|setembro|septembro "
    "out|outubro nov|novembro dez|dezembro",
    # nl
    "jan|januari feb|februari maart|mrt apr|april mei jun|juni jul|juli aug|augustus sep|september okt|oktober "
    "nov|november dec|december",
    # da
    "jan|januar feb|februar mar|marts apr|april maj jun|juni jul|juli aug|august sep|september okt|oktober "
    "nov|november dec|december",
    # nb
    "jan|januar feb|februar mar|mars apr|april mai jun|juni jul|juli aug|august sep|september okt|oktober "
    "nov|november des|desember",
    # sv
    "jan|januari feb|februari mars apr|april maj juni|jun juli|jul aug|augusti sep|september|sept okt|oktober "
    "nov|november dec|december",
    # fi
    "tammi|tammik|tammikuu|tammikuuta|tammikuussa helmi|helmik|helmikuu|helmikuuta|helmikuussa "
    "maalis|maalisk|maaliskuu|maaliskuuta|maaliskuussa huhti|huhtik|huhtikuu|huhtikuuta|huhtikuussa "
    "touko|toukok|toukokuu|toukokuuta|toukokuussa kesä|kesäk|kesäkuu|kesäkuuta|kesäkuussa "
    "heinä|heinäk|heinäkuu|heinäkuuta|heinäkuussa elo|elok|elokuu|elokuuta|elokuussa "
    "syys|syysk|syyskuu|syyskuuta|syyskuussa loka|lokak|lokakuu|lokakuuta|lokakuussa "
    "marras|marrask|marraskuu|marraskuuta|marraskuussa joulu|jouluk|joulukuu|joulukuuta|joulukuussa",
    # is
    "jan|janúar feb|febrúar mar|mars apr|apríl maí jún|júní júl|júlí ágú|ágúst sep|september okt|október "
    "nóv|nóvember des|desember",
    # pl
    "sty|styczeń|stycznia|styczen|styczniu lut|lutego|luty|lutym mar|marca|marzec|marcu "
    "kwi|kwiecień|kwietnia|kwiecien|kwietniu|kwie maj|maja|maju cze|czerwca|czerwiec|czerwcu "
    "lip|lipca|lipiec|lipcu sie|sierpień|sierpnia|sierpien|sierpniu "
    "wrz|wrzesień|września|wrzesien|wrzesnia|wrześniu|wrzesniu "
    "paź|październik|października|pazdziernik|pazdziernika|październiku|pazdzierniku|paz "
    "lis|listopad|listopada|listopadzie gru|grudnia|grudzień|grudzien|grudniu",
    # cs
    "led|leden|ledna|lednu úno|únor|února|únr|únoru bře|březen|března|březnu dub|duben|dubna|dubnu "
    "kvě|květen|května|květnu červen|června|čvn|čer|červnu července|červenec|čvc|črc|červenci|črv "
    "srp|srpen|srpna|srpnu zář|září říj|říjen|října|říjnu lis|listopad|listopadu pro|prosince|prosinec|prosinci",
    # sk
    "jan|január|januára feb|február|februára mar|marca|marec apr|apríl|apríla máj|mája jún|júna júl|júla "
    "aug|august|augusta sep|september|septembra okt|október|októbra nov|november|novembra dec|december|decembra",
    # hu
    "jan|január febr|február|feb márc|március|már|iii ápr|április máj|május jún|június júl|július|vii "
    "aug|augusztus|viii szept|szeptember okt|október nov|november dec|december|xii",
    # ro
    "ian|ianuarie feb|februarie|febr mar|martie|mart apr|aprilie mai iun|iunie iul|iulie aug|august "
    "sept|septembrie|sep oct|octombrie noiembrie|nov|noiem dec|decembrie",
    # hr
    "siječanj|siječnja|siječnju|siječnjem velj|veljača|veljače|veljači|veljačom ožujak|ožujka|ožujku|ožujkom "
    "travanj|travnja|travnju|travnjem svibanj|svibnja|svibnju|svibnjem lipanj|lipnja|lipnju|lipnjem "
    "srpanj|srpnja|srpnju|srpnjem kolovoz|kolovoza|kolovozu|kolovozom rujan|rujna|rujnu|rujnom listopadom "
    "studeni|studenoga|studenom|studenomu|studenome|studenog|studenim prosinac|prosinca|prosincu|prosincem",
    # sl
    "jan|januar feb|februar mar|marec apr|april maj jun|junij jul|julij avg|avgust sep|september okt|oktober "
    "nov|november dec|december",
    # lt
    "saus|sausio|sausis vas|vasario|vasaris kov|kovas|kovo bal|balandis|balandžio geg|gegužė|gegužės "
    "birž|birželio|birželis liep|liepa|liepos rugp|rugpjūtis|rugpjūčio rugs|rugsėjis|rugsėjo spal|spalio|spalis "
    "lapkr|lapkritis|lapkričio gruod|gruodis|gruodžio",
    # lv
    "janv|janvāris febr|februāris marts apr|aprīlis maijs jūn|jūnijs jūl|jūlijs aug|augusts sept|septembris "
    "okt|oktobris nov|novembris dec|decembris",
    # et
    "jaan|jaanuar veebr|veebruar märts apr|aprill mai juuni juuli aug|august sept|september okt|oktoober "
    "nov|november dets|detsember",
    # tr
    "oca|ocak şub|şubat mar|mart nis|nisan may|mayıs haz|haziran tem|temmuz ağu|ağustos eyl|eylül eki|ekim "
    "kas|kasım ara|aralık",
    # ca
    "gen|gener febr|febrer març abr|abril|d'abr|d'abril maig juny jul|juliol agost|d'ag|d'agost set|setembre "
    "d'oct|d'octubre|oct|octubre nov|novembre des|desembre",
    # id
    "jan|januari|djan|djanuari feb|februari|peb|pebruari mar|maret|mrt apr|april mei|mai jun|juni|djuni "
    "jul|juli|djuli agu|agustus|agt sep|september|sept okt|oktober nov|november|nop|nopember des|desember",
    # ru
    "янв|январь|января февр|февраль|февраля|фев мар|март|марта апр|апрель|апреля май|мая июн|июнь|июня "
    "июл|июль|июля авг|август|августа сент|сентябрь|сентября|сен окт|октябрь|октября нояб|ноябрь|ноября|ноя "
    "дек|декабрь|декабря",
    # uk
    "січ|січень|січня лют|лютий|лютого бер|березень|березня|берез квіт|квітень|квітня|кві трав|травень|травня|тра "
    "черв|червень|червня|чер лип|липень|липня серп|серпень|серпня|сер вер|вересень|вересня|верес "
    "жовт|жовтень|жовтня|жов лист|листопад|листопада|листоп|лис груд|грудень|грудня|гру",
    # bg
    "яну|януари фев|февруари март апр|април май юни юли авг|август сеп|септември|септ|септм окт|октомври "
    "ное|ноември дек|декември",
    # sr
    "јан|јануар феб|фебруар мар|март апр|април мај јун јул авг|август сеп|септембар окт|октобар нов|новембар "
    "дец|децембар",
    # sr-Latn
    "jan|januar feb|februar mar|mart apr|april maj jun jul avg|avgust sep|septembar okt|oktobar nov|novembar "
    "dec|decembar",
    # mk
    "јан|јануари фев|февруари мар|март апр|април мај јун|јуни јул|јули авг|август сеп|септември|септ окт|октомври "
    "ное|ноември|ноем дек|декември",
    # el
    "ιαν|ιανουάριοσ|ιανουαρίου φεβ|φεβρουάριοσ|φεβρουαρίου μάρ|μάρτιοσ|μαρ|μαρτίου απρ|απρίλιοσ|απριλίου "
    "μάι|μάιοσ|μαΐου ιουν|ιουνίου|ιούν|ιούνιοσ ιουλ|ιουλίου|ιούλ|ιούλιοσ αυγ|αυγούστου|αύγ|αύγουστοσ "
    "σεπ|σεπτέμβριοσ|σεπτεμβρίου οκτ|οκτωβρίου|οκτώβριοσ νοέ|νοέμβριοσ|νοε|νοεμβρίου δεκ|δεκέμβριοσ|δεκεμβρίου",
    # ar
    "يناير|كانون_الثاني فبراير|شباط مارس|آذار أبريل|نيسان مايو|أيار يونيو|يونيه|يونية|حزيران "
    "يوليو|يوليه|يولية|تموز أغسطس|آب سبتمبر|أيلول أكتوبر|تشرين_الأول نوفمبر|تشرين_الثاني ديسمبر|كانون_الأول",
    # he
    "ינואר|לינואר|בינואר|ינו פברואר|בפברואר|לפברואר|פבר מרץ|במרץ|למרץ|מרס|במרס|למרס|מארס|במארס|למארס "
    "אפריל|באפריל|לאפריל|אפר מאי|במאי|למאי יוני|ביוני|ליוני|יונ יולי|ביולי|ליולי|יול אוגוסט|באוגוסט|לאוגוסט|אוג "
    "ספטמבר|בספטמבר|לספטמבר|ספט אוקטובר|באוקטובר|לאוקטובר|אוק נובמבר|בנובמבר|לנובמבר|נוב דצמבר|בדצמבר|לדצמבר|דצמ",
    # hi
    "जनवरी|जन॰ फ़रवरी|फ़र॰ मार्च अप्रैल मई जून जुलाई|जुल॰ अगस्त|अग॰ सितंबर|सित॰|सितम्बर अक्तूबर|अक्तू॰|अक्टूबर "
    "नवंबर|नव॰|नवम्बर दिसंबर|दिस॰|दिसम्बर",
    # gl
    "xan|xaneiro feb|febreiro mar|marzo abr|abril mai|maio xuñ|xuño xul|xullo ago|agosto set|setembro out|outubro "
    "nov|novembro dec|decembro",
    # sq
    "jan|janar shk|shkurt mar|mars pri|prill maj qer|qershor korr|korrik gush|gusht sht|shtator tet|tetor nën|nëntor "
    "dhj|dhjetor",
    # af
    "jan|januarie feb|februarie mrt|maart apr|april mei jun|junie jul|julie aug|augustus sep|september okt|oktober "
    "nov|november des|desember",
    # ms
    "jan|januari feb|februari mac apr|april mei jun julai ogo|ogos sep|september okt|oktober nov|november dis|disember",
    # sw
    "jan|januari feb|februari mac|machi apr|aprili mei jun|juni jul|julai ago|agosti sep|septemba okt|oktoba "
    "nov|novemba des|desemba",
    # az
    "yan|yanvar fev|fevral mar|mart apr|aprel may iyn|iyun iyl|iyul avq|avqust sen|sentyabr okt|oktyabr noy|noyabr "
    "dek|dekabr",
    # be
    "студзень|студзеня люты|лютага сакавік|сакавіка красавік|красавіка май|траўня чэрвень|чэрвеня ліпень|ліпеня "
    "жнівень|жніўня верасень|верасня кастрычнік|кастрычніка лістапад|лістапада снежань|снежня",
    # ka
    "იანვარი თებერვალი მარტი აპრილი მაისი ივნისი ივლისი აგვისტო სექტემბერი ოქტომბერი ნოემბერი დეკემბერი",
    # hy
    "հունվարի փետրվարի մարտի ապրիլի մայիսի հունիսի հուլիսի օգոստոսի սեպտեմբերի հոկտեմբերի նոյեմբերի դեկտեմբերի",
    # bn
    "জানুয়ারি|জানুয়ারী ফেব্রুয়ারি|ফেব্রুয়ারী মার্চ এপ্রিল মে জুন জুলাই আগস্ট সেপ্টেম্বর অক্টোবর নভেম্বর ডিসেম্বর",
    # ur
    "جنوری فروری مارچ اپریل مئی جون جولائی اگست ستمبر اکتوبر نومبر دسمبر",
    # fa, for the Gregorian calendar
    "ژانویه فوریه مارس آوریل مه ژوئن ژوئیه اوت سپتامبر اکتبر نوامبر دسامبر",
    # ta
    "ஜனவரி பிப்ரவரி மார்ச் ஏப்ரல் மே ஜூன் ஜூலை ஆகஸ்ட் செப்டம்பர் அக்டோபர் நவம்பர் டிசம்பர்",
    # th
    "มกราคม|มค|เดือนมกราคม|มกรา กพ|กุมภาพันธ์|เดือนกุมภาพันธ์|กุมภา มีค|มีนาคม|เดือนมีนาคม|มีนา "
    "เมย|เมษายน|เมษา|เดือนเมษายน พค|พฤษภาคม|เดือนพฤษภาคม|พฤษภา มิถุนายน|มิย|เดือนมิถุนายน|มิถุนา "
    "กค|กรกฎาคม|เดือนกรกฏาคม|กรกฎา สค|สิงหาคม|สิงหา|เดือนสิงหาคม กย|กันยายน|กันยา|เดือนกันยายน "
    "ตค|ตุลาคม|เดือนตุลาคม|ตุลา พย|พฤศจิกายน|เดือนพฤศจิกายน|พฤศจิ ธค|ธันวาคม|เดือนธันวาคม|ธันวา",
)
"""For each language the names of the twelve months, each with its short and inflected forms, separated by bars."""
MONTHS = {
    name: number
    for language in _NAMES
    for number, names in enumerate(language.split(), 1)
    for name in names.split("|")
    if name != "-"
}
"""The number of each month by its names in lower case. A space within a name is `_`."""
ENGLISH_MONTHS = frozenset(name for names in _NAMES[0].split() for name in names.split("|"))
WIDESPREAD_MONTHS = frozenset(
    name for language in _NAMES[:11] for names in language.split() for name in names.split("|")
)
"""The names of the months in the Germanic and Romance languages and in Finnish, few of which are other words."""
WEEKDAYS = frozenset(
    (
        "we fr sa mo su tu th wed sun fri thu mon sat tue tues monday friday sunday tuesday saturday thursday "
        "wednesday mi so di do don sam fre son die mit montag sonntag samstag freitag mittwoch dienstag donnerstag "
        "ma me lu je ve mer jeu ven lun dim mar mardi jeudi lundi samedi dimanche mercredi vendredi vi ju jue vie "
        "sáb mié dom lunes jueves sábado martes domingo viernes miércoles gio sab sabato lunedì martedì giovedì "
        "venerdì domenica mercoledì ter seg sex qua qui sexta terça quinta quarta segunda terça-feira sexta-feira "
        "quinta-feira quarta-feira segunda-feira za wo zo vr zondag vrijdag dinsdag maandag zaterdag woensdag "
        "donderdag ons lør tor man søn tir tors tirs onsdag mandag lørdag fredag søndag torsdag tirsdag tis lör mån "
        "sön sönd fred lörd onsd tisd månd torsd tisdag måndag lördag söndag pe ti ke to la torstai tiistai "
        "lauantai maanantai tiistaina perjantai torstaina sunnuntai lauantaina maanantaina keskiviikko sunnuntaina "
        "perjantaina keskiviikkona fös þri mið fim mán lau mánudagur sunnudagur föstudagur laugardagur þriðjudagur "
        "fimmtudagur miðvikudagur pt cz pi sb pn śr wt sr nd śro czw pia nie pią sro wto pon sob srode niedz środę "
        "sroda środa wtorek sobotę piatek sobote sobota piątek czwartek niedzielę niedziela niedziele poniedzialek "
        "poniedziałek st po ne čt út pá ned úte čtv stř pát pátku úterý pátek neděli středa sobotu soboty neděle "
        "středy středu čtvrtek pondělí ut št nedeľa stredu utorok nedeľu piatok streda štvrtok pondelok cs szo vas "
        "sze kedd hétfő péntek szerda szombat vasárnap csütörtök mie vin dum sâm joi luni marți vineri sâmbătă "
        "miercuri duminică čet sri sub pet uto petak utorak subota srijeda nedjelja četvrtak ponedjeljak sre petek "
        "torek sreda nedelja četrtek ponedeljek pr sk an kt tr antradienis pirmadienis sekmadienis šeštadienis "
        "penktadienis trečiadienis ketvirtadienis otrd sestd svētd trešd pirmd piektd ceturtd otrdiena trešdiena "
        "sestdiena pirmdiena svētdiena piektdiena ceturtdiena reede laupäev pühapäev kolmapäev neljapäev teisipäev "
        "esmaspäev paz cmt sal çar pzt prs cum per çrs cuma salı pazar çarşamba perşembe cumartesi pazartesi dv dj "
        "ds dl dg dt dc dijous dilluns dimarts dimecres diumenge dissabte divendres jum kam min sen sel rab rabu "
        "ahad sabtu jumat kamis senin selasa minggu чт вт вс пт ср пн сб срд втр чтв вск сбт пнд птн среда среду "
        "вторник четверг пятницу суббота пятница субботу воскресение воскресенье понедельник нд вів чет суб сер нед "
        "пон пят серед понед неділ субот середа неділю неділя вівтор суботу субота четвер середу п'ятницю вівторок "
        "п'ятниця понеділок сря вто петък сряда събота неделя четвъртък понеделник пет уто сре петак уторак недеља "
        "четвртак понедељак ponedeljak саб петок сабота недела четврток τετ παρ σάβ τρί δευ κυρ πέμ τρίτη πέμπτη "
        "κυριακή δευτέρα σάββατο τετάρτη παρασκευή الأحد السبت الخميس الجمعة الجمعه الاثنين الإثنين الأربعاء "
        "الثلاثاء שבת שני שישי יום ראשון חמישי רביעי שלישי सोम रवि शनि बुध गुरु मंगल शुक्र रविवार सोमवार शनिवार "
        "बुधवार गुरुवार मंगलवार शुक्रवार อา พฤ พุธ ศุกร์ พฤหัส เสาร์ วันพุธ จันทร์ อังคาร อาทิตย์ วันเสาร์ วันศุกร์ "
        "พฤหัสบดี วันจันทร์ วันพุธที่ วันอังคาร วันอาทิตย์ วันพฤหัสบดี วันศุกร์ที่ วันเสาร์ที่ วันอังคารที่ "
        "วันจันทร์ที่ วันอาทิตย์ที่ วันพฤหัสบดีที่ "
    ).split()
)
"""The names of the weekdays and their short forms, in lower case."""
THAI_MONTHS = frozenset(name for names in _NAMES[-1].split() for name in names.split("|"))
