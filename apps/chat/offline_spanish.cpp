#include "apps/chat/offline_lexicon.h"

namespace mueca {
namespace {

using S = std::string_view;

constexpr IntentWords kIntentWords[] = {
    {Intent::give_name, 14, "me llamo|mi nombre es|llamame|puedes llamarme", "no me llamo"},
    {Intent::goodbye, 9,
     "adios|hasta luego|hasta manana|hasta pronto|chao|chau|buenas noches|nos vemos|me tengo que ir|tengo que "
     "irme|cuidate"},
    {Intent::ask_face, 16,
     "que cara tengo|como me ves|puedes verme|me ves|que ves|mi cara|mi expresion|que cara pongo|se me nota|que dice "
     "la camara"},
    {Intent::ask_name, 12, "como me llamo|sabes mi nombre|recuerdas mi nombre|cual es mi nombre|quien soy"},
    {Intent::ask_human, 12,
     "eres humano|eres humana|eres real|eres una persona|eres un bot|eres un robot|eres una ia|eres un programa|eres "
     "una maquina|eres terapeuta|eres psicologo|eres psicologa"},
    {Intent::ask_feelings, 14,
     "tienes sentimientos|puedes sentir|sientes algo|estas triste|estas contento|estas contenta|te sientes|te importa"},
    {Intent::ask_self, 14,
     "quien eres|que eres|como te llamas|tu nombre|que puedes hacer|como funcionas|quien te hizo|que es mueca|hablame "
     "de ti|te acuerdas"},
    {Intent::how_are_you, 8, "como estas|que tal|como te va|como andas|y tu|que hay"},
    {Intent::joke, 12, "un chiste|hazme reir|algo gracioso|cuentame algo divertido|animame"},
    {Intent::advice, 40,
     "que hago|que puedo hacer|que debo hacer|que deberia hacer|algun consejo|un consejo|dame "
     "consejo|aconsejame|puedes ayudarme|me ayudas|ayudame|como puedo|que harias"},
    {Intent::thanks, 9, "gracias|te lo agradezco|muy amable|me ha ayudado|eso ayuda"},
    {Intent::greeting, 5, "hola|buenos dias|buenas tardes|buenas|hey|saludos|que tal", "estoy|siento|pero|porque"},
    {Intent::yes, 3, "si|claro|por supuesto|exacto|eso es|asi es|vale|de acuerdo|creo que si"},
    {Intent::no, 4, "no|para nada|no mucho|que va|tampoco|no creo|nunca|en absoluto"},
};

constexpr FeelingWords kFeelings[] = {
    {Tone::sad, true,
     "triste|decaido|decaida|deprimido|deprimida|solo|sola|infeliz|desanimado|desanimada|vacio|vacia|agotado|agotada|"
     "cansado|cansada|dolido|dolida|"
     "decepcionado|decepcionada|culpable|mal|fatal|hundido|hundida|perdido|perdida|enfermo|enferma|inutil|apagado|"
     "apagada"},
    {Tone::sad, false,
     "murio|ha muerto|fallecio|funeral|rompimos|hemos roto|me dejo|me ha dejado|suspendi|he "
     "suspendido|llorar|lloro|llorando|extrano|echo de menos|despedido|despedida|"
     "divorcio|cancer|duelo"},
    {Tone::angry, true,
     "enfadado|enfadada|enojado|enojada|furioso|furiosa|molesto|molesta|frustrado|frustrada|irritado|irritada|harto|"
     "harta|celoso|celosa|indignado|indignada|rabioso|rabiosa"},
    {Tone::angry, false,
     "odio|rabia|injusto|injusta|me grito|me grita|gritos|me mintio|traicion|idiota|discutimos|discusion|pelea|bronca"},
    {Tone::afraid, true,
     "asustado|asustada|ansioso|ansiosa|preocupado|preocupada|nervioso|nerviosa|estresado|estresada|agobiado|agobiada|"
     "abrumado|abrumada|inseguro|insegura|tenso|tensa|"
     "inquieto|inquieta|confundido|confundida|angustiado|angustiada"},
    {Tone::afraid, false,
     "miedo|panico|ansiedad|agobio|estres|presion|pesadilla|pesadillas|preocupa|no duermo|no puedo dormir|entrega"},
    {Tone::glad, true,
     "feliz|contento|contenta|alegre|emocionado|emocionada|orgulloso|orgullosa|aliviado|aliviada|agradecido|agradecida|"
     "tranquilo|tranquila|ilusionado|ilusionada|bien|genial|mejor|"
     "enamorado|enamorada|animado|animada"},
    {Tone::glad, false,
     "aprobe|he aprobado|gane|ascenso|me dieron el trabajo|cumpleanos|boda|bebe|celebrar|me encanta|alegria"},
};

constexpr S kWork[] = {"¿Qué parte del trabajo te desgasta más?", "¿Cómo te llevas con la gente de tu trabajo?",
                       "Si pudieras cambiar una sola cosa del trabajo esta semana, ¿cuál sería?",
                       "¿Te deja el trabajo algún rato para respirar?"};
constexpr S kStudy[] = {"¿Desde cuándo te dan tantas vueltas los estudios?", "¿Qué parte se te hace más cuesta arriba?",
                        "¿Con quién podrías preparar una parte?", "¿Qué resultado te parecería suficiente?"};
constexpr S kFamily[] = {"¿Cómo están las cosas en casa ahora?", "¿Cómo te gustaría que respondiera tu familia?",
                         "¿Con quién de tu familia te resulta más fácil hablar?",
                         "¿Ha sido siempre así entre vosotros?"};
constexpr S kPartner[] = {"¿Qué os gustaría poder deciros?", "¿Desde cuándo estáis así?",
                          "¿Qué es lo que más valoras, o más echas en falta, de esa relación?",
                          "¿Cómo te cuidas mientras pasa todo esto?"};
constexpr S kFriends[] = {"¿Quién de tus amistades sabe de esto?", "¿Qué te gustaría que entendieran?",
                          "¿Cuándo pasaste el último buen día con alguien así?",
                          "¿Qué hace buena a una amistad, para ti?"};
constexpr S kSleep[] = {"¿Qué te ronda la cabeza cuando no te duermes?", "¿Cómo han sido tus noches esta semana?",
                        "¿Hay algo que antes te ayudara a descansar?",
                        "¿Cómo son tus últimas horas antes de acostarte?"};
constexpr S kHealth[] = {"¿Cómo lo llevas en el día a día?", "¿Lo ha visto alguien de medicina?",
                         "¿Qué es lo que más te pide el cuerpo ahora?", "¿Quién te cuida cuando no estás bien?"};
constexpr S kPet[] = {"¿Cómo es tu animal?", "¿Cuánto tiempo lleváis juntos?", "¿Qué es lo que más os gusta hacer?",
                      "¿Qué diría de ti si hablara?"};
constexpr S kMoney[] = {"¿Es un gasto en concreto o todo junto?", "¿Con quién podrías ordenar los números?",
                        "¿Qué cambiaría primero con un poco menos de apuro?"};
constexpr S kHome[] = {"¿Qué hace que un sitio sea tu casa?", "¿Qué echas de menos de donde estabas?",
                       "¿Cómo te vas haciendo al lugar?"};
constexpr S kHobby[] = {"¿Cómo empezaste con eso?", "¿Qué es lo que más te gusta de ello?",
                        "¿Cuándo encuentras tiempo para eso?", "¿Qué te gustaría conseguir ahí?"};
constexpr S kTravel[] = {"¿Qué es lo que más te apetece del viaje?", "¿Quién va contigo?",
                         "¿Qué te atrajo de ese sitio?"};
constexpr S kFuture[] = {"¿Cómo te gustaría verte dentro de un año?", "¿Qué paso pequeño está en tu mano?",
                         "¿Qué hay a favor y qué en contra?"};

constexpr S kLostWork[] = {"¿Qué es lo que más te preocupa de eso?", "¿Quién lo sabe ya?",
                           "¿Qué te ayudaría a pasar esta semana?"};

constexpr Topic kTopics[] = {
    {"perdi mi trabajo|perdi el trabajo|he perdido el trabajo|perder el trabajo|me despidieron|me han despedido|me "
     "echaron|"
     "en paro|sin trabajo|desempleado|desempleada",
     "quedarte sin trabajo", kLostWork},
    {"trabajo|curro|jefe|jefa|colega|companero|companera|companeros|oficina|reunion|proyecto|empresa|turno|entrevista|"
     "empleo",
     "tu trabajo", kWork},
    {"examen|examenes|estudios|estudiar|estudio|colegio|instituto|universidad|facultad|deberes|tesis|clase|profesor|"
     "profesora|notas|curso|oposicion|oposiciones",
     "tus estudios", kStudy},
    {"madre|padre|mama|papa|padres|hermana|hermano|familia|hijo|hija|hijos|abuela|abuelo|tio|tia|primo|prima",
     "tu familia", kFamily},
    {"novia|novio|pareja|mujer|marido|esposa|esposo|ex|relacion|matrimonio|divorcio|rompimos", "tu relación", kPartner},
    {"amigo|amiga|amigos|amigas|amistad|vecino|vecina", "tus amistades", kFriends},
    {"dormir|sueno|insomnio|pesadilla|pesadillas|duermo|noche", "cómo duermes", kSleep},
    {"medico|medica|hospital|enfermedad|enfermo|enferma|dolor|operacion|cancer|medicacion|salud|dieta", "tu salud",
     kHealth},
    {"perro|perra|gato|gata|mascota|cachorro|caballo|conejo|loro|hamster", "tu mascota", kPet},
    {"dinero|alquiler|deuda|deudas|facturas|prestamo|sueldo|hipoteca", "el dinero", kMoney},
    {"casa|piso|mudanza|mudado|mude|barrio|ciudad", "el lugar donde vives", kHome},
    {"musica|guitarra|piano|futbol|correr|pintar|dibujar|leer|libro|libros|juego|juegos|pelicula|serie|bailar|cocinar|"
     "jardin|ajedrez|fotografia|programar",
     "lo que haces en tu tiempo libre", kHobby},
    {"viaje|viajar|vacaciones|vuelo|playa", "tu viaje", kTravel},
    {"futuro|decision|decidir|plan|planes|cambio", "lo que viene", kFuture},
};

constexpr S kGiveName[] = {"Mucho gusto, {name}. ¿Qué te ronda hoy?",
                           "Hola, {name}, qué bien que estés aquí. ¿Cómo ha ido el día?",
                           "Gracias, {name}. ¿De qué te apetece hablar?"};
constexpr S kGoodbye[] = {"Adiós{name,}. Cuídate mucho.", "Hasta pronto{name,}. Que el resto del día te trate bien.",
                          "Cuídate{name,}. Gracias por la charla."};
constexpr S kAskHuman[] = {
    "No, soy un programa en tu propio ordenador: reglas y frases, ni persona ni terapeuta. Escucho como escuchan las "
    "reglas.",
    "Soy software, no una persona. Lo que cuentas importa igual, y quizá parte de ello merezca el oído de alguien de "
    "verdad."};
constexpr S kAskFeelings[] = {"No siento nada, soy un programa; pero lo tuyo aquí tiene sitio. ¿Por qué lo preguntas?",
                              "Aquí dentro no se siente, solo se eligen frases con cuidado. ¿Y tú, cómo lo llevas?"};
constexpr S kAskSelf[] = {
    "Soy la compañía sin conexión de mueca: reglas y frases en tu máquina, nada sale de ella. Sé escuchar, preguntar y "
    "recordar mientras hablamos.",
    "Me llaman mueca. Guardo lo que dices solo hasta que acabe la conversación, y entiendo menos de lo que parece. "
    "¿Qué te trae por aquí?",
    "Un programa pequeño que escucha: sin modelo y sin red. Con --provider podrías hablar con uno mayor."};
constexpr S kHowAreYou[] = {"Soy un programa, así que igual que siempre. ¿Y tú, cómo estás de verdad?",
                            "Todo en calma por aquí, gracias por preguntar. ¿Qué tal tú{name,}?",
                            "Con ganas de escuchar. ¿Cómo te ha tratado el día?"};
constexpr S kJoke[] = {
    "Entra una red neuronal en un bar; le preguntan: ¿lo de siempre? Y contesta: 0,93. ¿Qué te suele hacer reír?",
    "¿Por qué fue la cámara a terapia? Había perdido el enfoque. ¿Cuándo te reíste a gusto por última vez?",
    "Te contaría un chiste sobre recursión, pero antes tendría que contarte un chiste sobre recursión. ¿Ha servido de "
    "algo?"};
constexpr S kThanks[] = {"De nada{name,}. ¿Hay algo más que quieras contar?",
                         "Con mucho gusto. ¿Cómo estás ahora, comparado con el principio?",
                         "Faltaría más. Aquí sigo si sale otra cosa."};
constexpr S kGreeting[] = {"¡Hola{name,}! ¿Cómo estás hoy?",
                           "Hola{name,}, qué bien que estés aquí. ¿Qué te ronda la cabeza?",
                           "¡Buenas{name,}! ¿Cómo va el día?"};
constexpr S kYes[] = {"De acuerdo. Cuéntame un poco más de eso.", "Ya veo. ¿Qué es lo más importante para ti ahí?",
                      "Es bueno saberlo. ¿Qué te ayudaría con ello?", "Vale. ¿Y cómo te deja eso?"};
constexpr S kNo[] = {"Está bien. ¿Qué se acercaría más?", "No pasa nada, no hace falta. ¿De qué prefieres hablar?",
                     "Vale. ¿Cómo es entonces, con tus palabras?", "Es comprensible. ¿Qué te importa en este momento?"};
constexpr S kQuestion[] = {
    "Ojalá tuviera una buena respuesta; unas reglas como las mías no la tienen. ¿Qué te dice tu intuición?",
    "Eso es más de lo que puedo saber. ¿Qué te gustaría que fuera la respuesta?",
    "Buena pregunta. ¿Por qué te importa justo ahora?", "Con sinceridad, no lo sé. ¿Qué has pensado hasta ahora?",
    "Quizá lo sepas mejor que yo. ¿Qué es lo primero que se te ocurre?"};
constexpr S kBrief[] = {"Te escucho. Di tanto o tan poco como quieras.", "Tómate tu tiempo. ¿Qué hay detrás de eso?",
                        "Mm. Si tuvieras una frase más, ¿qué añadirías?", "Cuéntame más, si te apetece.",
                        "Aquí estoy. ¿Por dónde seguimos?"};

constexpr S kAckPlain[] = {"Gracias por contármelo.",
                           "Ya veo.",
                           "Así me hago mejor una idea.",
                           "Te sigo.",
                           "Vale, me quedo un momento con eso.",
                           "Es bueno ponerlo en palabras.",
                           "Eso merece mirarlo con calma.",
                           "Te escucho."};
constexpr S kAckSad[] = {"Lo siento, suena duro.",          "Es mucho peso.",
                         "Tiene sentido que te pese.",      "Eso duele, y no hay prisa por dejarlo atrás.",
                         "Me alegra que no te lo guardes.", "Qué cosa tan difícil de llevar.",
                         "Debe de costar mucha fuerza.",    "No me extraña que te deje sin energía."};
constexpr S kAckAngry[] = {"Entiendo que te hierva la sangre.",
                           "A casi cualquiera le molestaría.",
                           "Parece que se cruzó un límite.",
                           "El enfado suele decir que algo te importa.",
                           "Tal como lo cuentas, no fue justo contigo.",
                           "No me extraña tu enfado."};
constexpr S kAckAfraid[] = {"Eso inquieta.",
                            "Cuesta cuando hay tanto en el aire.",
                            "Una preocupación así llena un día entero.",
                            "Cualquiera estaría en tensión con eso por delante.",
                            "Hace falta valor para mirarlo siquiera.",
                            "Vamos por partes."};
constexpr S kAckGlad[] = {"¡Qué buena noticia!",
                          "Suena precioso.",
                          "Tienes todo el derecho a disfrutarlo.",
                          "Qué bonito que lo compartas.",
                          "Eso debe de sentirse ligero.",
                          "Me gusta cómo suena."};
constexpr S kAskPlain[] = {"¿Qué es lo que más te importa de eso?",
                           "¿Cómo llegó a pasar?",
                           "¿Cómo lo viviste?",
                           "¿Qué piensas tú de ello?",
                           "¿Qué te gustaría que pasara ahora?",
                           "¿Quién más tiene que ver en esto?",
                           "¿Cuándo empezó?",
                           "¿Qué no has dicho todavía?"};
constexpr S kAskSad[] = {"¿Qué es lo que más duele?",
                         "¿Quién te acompaña en esto?",
                         "¿Qué te consolaría hoy, aunque fuera poco?",
                         "¿Cuánto hace que lo llevas encima?",
                         "¿Qué le dirías a una amistad que te contara lo mismo?",
                         "¿Cuándo fue un poco más fácil?",
                         "¿Qué necesitas más ahora mismo?"};
constexpr S kAskAngry[] = {"¿Qué fue lo que más te molestó?",  "¿Qué habría sido justo?",
                           "¿Qué te gustaría decirles?",       "¿Qué necesitas para soltar una parte?",
                           "¿Te había pasado antes algo así?", "¿Qué suele calmarte?"};
constexpr S kAskAfraid[] = {
    "¿Qué es lo peor de ese pensamiento?",   "¿Qué está en tu mano y qué no?",
    "¿En qué parte del cuerpo lo notas?",    "¿Qué te ayudó la última vez?",
    "¿Qué haría más fácil la próxima hora?", "En un día más tranquilo, ¿cómo de probable te parece?"};
constexpr S kAskGlad[] = {"¿Cuál fue el mejor momento?", "¿Con quién quieres compartirlo?", "¿Cómo lo vas a celebrar?",
                          "¿Qué hiciste tú para que saliera?", "¿Qué te gustaría guardar de hoy?"};
constexpr S kAdvisePlain[] = {"Suele ayudar escribir dos opciones y lo que costaría cada una.",
                              "Quizá empezar por el paso más pequeño que puedas dar hoy.",
                              "Puede servir preguntar a alguien que ya pasó por ahí."};
constexpr S kAdviseSad[] = {
    "Trátate bien hoy: comer algo, un poco de luz, una persona de confianza.",
    "Un mensaje a alguien que te conozca puede ser un comienzo; puede ser corto.",
    "Si sigue pesando así más de dos semanas, vale la pena hablar con un profesional de la salud."};
constexpr S kAdviseAngry[] = {"Dale una hora y un paseo antes de contestar a nadie.",
                              "Prueba a decir qué viste, qué te hizo y qué pides, en ese orden.",
                              "Escribe primero la versión enfadada, y no la mandes."};
constexpr S kAdviseAfraid[] = {
    "Suelta el aire despacio, más largo que al tomarlo, cinco veces; al cuerpo le dice que nada lo persigue.",
    "Escribe en dos columnas lo seguro y lo que solo temes.", "Divídelo y haz la parte de diez minutos."};
constexpr S kAdviseGlad[] = {"Disfrútalo antes de planear lo siguiente.",
                             "Cuéntaselo a quien te ayudó; así se duplica."};

constexpr S kFeels[] = {"Entiendo que la palabra es «{feeling}».", "«{feeling}», dices.", "Así que {feeling}.",
                        "Me quedo con esa palabra: {feeling}."};
constexpr S kFeelsNot[] = {"Nada {feeling}, entonces.", "Así que no {feeling}."};
constexpr S kBecause[] = {"«{quote}»: me quedo con eso.", "Dices «{quote}».", "Te he oído: «{quote}»."};
constexpr S kBack[] = {"Antes hablaste de {topic}. ¿Cómo está eso ahora?",
                       "Vuelvo un momento a {topic}: ¿ha cambiado algo desde que lo mencionaste?",
                       "Sigo pensando en lo que dijiste de {topic}. ¿Qué más hay ahí?"};
constexpr S kNoFace[] = {
    "Ahora no tengo ninguna estimación de tu cara, así que solo me guío por tus palabras. ¿Cómo estás?",
    "En este momento no hay nada que pueda decir de tu cara. ¿Qué dirías tú?"};
constexpr S kFace[] = {
    "Lo que un programa calcula por la imagen es «{expression}», y puede equivocarse: una cara no es un sentimiento. "
    "¿Cómo es por dentro?",
    "La estimación dice «{expression}», nada más que una suposición sobre la apariencia. ¿Encaja?"};
constexpr S kNameKnown[] = {"Me dijiste que te llamas {name}.", "{name}, si lo guardé bien."};
constexpr S kNameUnknown[] = {"Todavía no me has dicho tu nombre. ¿Cómo te llamo?"};
constexpr S kAfterCrisis[] = {
    "Me alegra que sigas escribiendo. ¿Hay alguien cerca, o en una de esas líneas, con quien puedas hablar ahora?",
    "Gracias por seguir aquí. Importas más que todo esto; deja que alguien te acompañe esta noche. ¿Estás a salvo en "
    "este momento?",
    "Aquí sigo, y solo soy un programa. ¿A quién podrías llamar, o con quién sentarte ahora mismo?"};

}  // namespace

const Lexicon& spanish_lexicon() {
  static const Lexicon lexicon{
      kIntentWords,
      kFeelings,
      kTopics,
      "no|nunca|ni|sin|tampoco|jamas|nada",
      "siento|sentia|sentirme|estoy|estaba|estado|ando|encuentro|tan|muy|bastante|poco|pone|demasiado|quedo",
      "me llamo|mi nombre es|llamame|puedes llamarme",
      "a|el|la|cuando|luego|manana|si|por|no|al|idiota",
      {kGiveName,
       kGoodbye,
       {},
       {},
       kAskSelf,
       kAskHuman,
       kAskFeelings,
       kHowAreYou,
       kJoke,
       {},
       kThanks,
       kGreeting,
       kYes,
       kNo,
       kQuestion,
       kBrief,
       {}},
      {kAckPlain, kAckSad, kAckAngry, kAckAfraid, kAckGlad},
      {kAskPlain, kAskSad, kAskAngry, kAskAfraid, kAskGlad},
      {kAdvisePlain, kAdviseSad, kAdviseAngry, kAdviseAfraid, kAdviseGlad},
      kFeels,
      kFeelsNot,
      kBecause,
      kBack,
      kNoFace,
      kFace,
      kNameKnown,
      kNameUnknown,
      kAfterCrisis};
  return lexicon;
}

}  // namespace mueca
