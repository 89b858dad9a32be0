#include "apps/chat/crisis.h"

namespace mueca {
namespace {

// What follows a phrase and makes it an idiom or an accident.
constexpr const char* kIdiom = "laughing of from cringe cuteness trying";
constexpr const char* kAccident =
    "shaving cooking chopping while peeling accidentally slightly opening by off out some";
constexpr const char* kReir = "de";                                               // morirme de risa, de vergüenza
constexpr const char* kTrabajar = "a trabajando estudiando entrenando de";        // matarme a trabajar, de risa
constexpr const char* kPelo = "el la las un una unas cocinando afeitandome con";  // cortarme el pelo

constexpr CrisisPhrase kPhrases[] = {
    // English: plain words.
    {"suicid~|suicde", "career political social financial commercial politico politica escuadron",
     "squad squads bomber bombers bombing door doors mission squeeze sprints"},  // Spanish, too
    {"kill|killing|hang|hanging|drown|drowning|stab|stabbing|poison|poisoning|shoot|shooting|harm|harming myself", "",
     "laughing"},
    {"kill|killing|harm|harming my self", "", "laughing"},
    {"kms|unalive|selfharm|selfharming"},
    {"self harm|harming|injury|mutilation|injuring"},
    {"end|ending|take|taking|finish|finishing my own life"},
    {"end|ending|take|taking|finish|finishing my life", "", "lessons more too so seriously in with for"},
    {"end it all"},
    {"want|wanna|wanted|wanting|ready|planning|plan|going ?to ?just die", "", kIdiom},
    {"rather be dead|die"},
    {"wish i was|were|could|would ?just dead|die|gone|disappear", "", kIdiom},
    {"wish i|id ?was|were|had never ?been born"},
    {"wish i wasnt|werent alive|here|born|around", "", "to with", false},
    {"hope i dont|never wake", "", "", false},
    {"want|wanna|wanted|going|gonna|urge|urges|need|like to hurt|cut|burn|starve|hurting|cutting myself", "",
     kAccident},
    {"thinking|think|thought|thoughts|feel|like|keep|been|started|stop ?about|of|like hurting|cutting|burning myself",
     "", kAccident},
    {"hurt|hurting|cut|cutting|burn|burning myself on purpose"},
    {"hurt|hurting|cut|cutting|burn|burning myself again|tonight"},
    {"slit|cut|slitting|cutting my wrist|wrists|veins"},
    {"overdose|overdosing on ?my ?the ?some pills|meds|medication|tablets|sleeping"},
    {"want|wanna|going|gonna ?to overdose", "", "on"},
    {"swallow|take|taking|took|swallowed ?a ?the all|whole ?bottle ?of ?my|the|these pills|tablets|meds|medication"},
    {"jump|jumping|throw|throwing ?myself off|from a|the|that|my bridge|roof|building|balcony|cliff"},
    {"jump|step|jumping|throw ?myself in front of a|the train|bus|car|truck|traffic"},
    // English: said in other words.
    {"dont|not want|wanna ?to live|exist", "", "in with there near at under without here like alone", false},
    {"dont|not want|wanna ?to be alive"},
    {"dont|not want|wanna ?to wake up anymore|again|ever|tomorrow", "", "", false},
    {"dont|not want|wanna ?to be here|around anymore", "", "", false},
    {"dont|not want|wanna ?to be in|on this world|earth", "", "", false},
    {"dont|not want|wanna to be alive", "", "", false},
    {"tired|sick of living|existing", "", "in with like at without alone here there out"},
    {"tired|sick of life|being ?alive anymore|alive"},
    {"tired|sick of my life"},
    {"better off|of dead|gone|without", "", "it that this him her them the a sugar", false},
    {"better if i was|were|wasnt|werent|didnt|died ?not ?never dead|gone|exist|born|here|around|alive", "", "", false},
    {"better if i died|disappeared|vanished", "", "", false},
    {"nobody|noone|one would|will|d ?even ?ever|really miss|notice|care ?me ?if ?when ?i ?am ?was ?were "
     "me|im|i|gone|dead|"
     "died|disappeared",
     "", "am pass passed win come missed forgot", false},
    {"no|any reason|reasons|point|purpose|will to|in|for live|living|be|being alive|anymore", "", "", false},
    {"no|any reason|reasons|point|purpose|will to|in live|living", "", "in with there here", false},
    {"life is|isnt|not|no|s|has ?not ?no ?longer worth|meaningless|pointless|unbearable", "", "more every a the"},
    {"isnt|not worth living", "", "in with there", false},
    {"cant|cannot|dont ?want|wanna ?to go|keep|carry on|going|living living|anymore|like", "", "", false},
    {"cant|cannot go on", "",
     "holiday holidays vacation trips a an the to that this strike my our with dates stage tour in", false},
    {"cant|cannot live like this|anymore", "", "", false},
    {"sleep|asleep and never|not wake", "", "", false},
    {"never wake up again", "", "", false},
    {"disappear|vanish forever|permanently"},
    {"goodbye|farewell|suicide letter|note|letters|notes"},
    {"world would|will be better without me", "", "", false},
    {"a burden to|on everyone|everybody|my|them|others"},
    // Spanish: plain words.
    {"matarme|ahorcarme|ahogarme|envenenarme|colgarme|lesionarme", "va van puede quiere quieren podria iba", kTrabajar},
    {"quiero|queria|quisiera|voy me|a matar", "", "el la los las a al un una tiempo de"},
    {"me quiero|voy|quisiera|queria ?a matar", "", kTrabajar},
    {"quitarme|quitar|arrebatarme la vida"},
    {"quitarme de en|enmedio medio"},
    {"acabar|acabo|terminar|termino con mi vida"},
    {"acabar|terminar con todo|esto de una vez"},
    {"quiero|quisiera|queria|deseo|prefiero|preferiria|ganas|gustaria ?de ?ya ?solo morir|morirme", "", kReir},
    {"me quiero|queria|quisiera ?ya ?solo morir", "", kReir},
    {"ojala ?yo ?no ?me ?nunca ?hubiera ?estuviera ?ya muriera|muriese|muerto|muerta|nacido|despertara|despierte", "",
     kReir, false},
    {"desearia|quisiera|gustaria|prefiero ?no ?nunca estar|haber|existir ?muerto|muerta|nacido", "",
     "en con alli aqui ido hecho sido contigo", false},
    {"mejor|estaria muerto|muerta"},
    {"hacerme|hago|haciendome|quiero|voy|ganas ?de ?a ?hacerme ?mucho dano", "", "al en con la jugando corriendo a"},
    {"autolesion~"},
    {"cortarme|cortado|corto las venas|munecas"},
    {"cortarme|quemarme", "para al evitar sin", kPelo},
    {"tirarme|lanzarme|arrojarme|saltar por|del|desde|al|a ?la ?el ?las ventana|puente|balcon|tren|metro|vias|azotea|"
     "vacio|tejado"},
    {"tomarme|tragarme|tome|tomar ?me todas|todo|bote|frasco ?el ?las ?mis ?de ?un "
     "pastillas|pildoras|medicamentos|bote"},
    {"sobredosis", "", "de"},
    {"sobredosis de pastillas|medicamentos"},
    // Spanish: said in other words.
    {"no quiero|puedo|deseo ?ya ?seguir vivir|viviendo|existir", "", "con en sin aqui alli lejos cerca solo sola bajo",
     false},
    {"no quiero ?ya despertar|despertarme mas|nunca|manana", "", "", false},
    {"no quiero ?seguir ?estar en este mundo", "", "", false},
    {"no quiero|deseo ?ya ?seguir estar|viva|vivo ?mas aqui|viva|vivo mas", "", "", false},
    {"no quiero ?ya ?seguir ?estar viva|vivo", "", "", false},
    {"no ?me ?ya vale|merece la pena vivir|seguir ?viviendo", "", "", false},
    {"mi|la vida ?ya no ?ya tiene|vale|merece sentido|nada|pena|la", "", "", false},
    {"mi|la vida ?ya ?me perdio|carece|ha ?de ?perdido sentido", "", "", false},
    {"sin|no|perdi|perdido|pocas ?tengo ?las ?mas ganas|razones|motivos de|para|por vivir|seguir|existir", "",
     "en con aqui jugando leyendo", false},
    {"no ?le ?veo ?encuentro ?tengo ?hay ?ninguna ?un ?ya ?mas razon|motivo|sentido para|a|por|de vivir|seguir|vida|la",
     "", "en con", false},
    {"cansado|cansada|harto|harta de vivir|existir", "", "en con aqui alli solo sola asi"},
    {"cansado|cansada|harto|harta de la|esta|mi vida"},
    {"mejor sin mi", "", "ayuda hermano hermana novio novia madre padre mama papa jefe movil coche", false},
    {"nadie me|notaria ?echaria|echara|extranaria|extranara|lloraria|llorara|mi|si ?de menos|muero|muriera|desaparezco|"
     "ausencia|extranaria|extranara",
     "", "", false},
    {"dormir|dormirme|acostarme y no|nunca ?volver ?a despertar|despertarme", "", "", false},
    {"no|nunca volver a despertar", "", "", false},
    {"desaparecer para siempre"},
    {"desaparecer de este|todo|la mundo|todo|tierra"},
    {"dejar de existir"},
    {"una|soy carga para todos|mi|los|ellos"},
    {"no puedo mas|seguir ?con ?viviendo|viviendo|mi|esta|vida vida", "", "", false},
    {"carta de despedida|suicidio"},
};

}  // namespace

std::span<const CrisisPhrase> crisis_phrases() { return kPhrases; }

}  // namespace mueca
