#include "apps/chat/session_words.h"

namespace mueca {

const SessionWords& session_words(Language language) {
  static const SessionWords english{
      "You are talking to a program, not to a person or a therapist. Where it estimates an expression from your face, "
      "that\n"
      "is a guess about how you look, not about how you feel. Nothing is kept unless you ask. /help lists the "
      "commands.",
      "What you write goes to ",
      "/emotion [NAME|off|on]  what your face seems to express; set it by hand, or leave it out\n"
      "/mood                   the expressions of this conversation as a plot\n"
      "/system                 what the model is told at this moment\n"
      "/save FILE              this conversation as text, readable for you alone\n"
      "/quit                   the end (Ctrl-D, too); Ctrl-C stops an answer\n",
      "(Ctrl-C once more, Ctrl-D or /quit ends)",
      "(stopped)",
      "To go on without a server: mueca chat --provider offline",
      "/save needs a file name",
      "saved as ",
      "no such command, /help lists them: ",
      "No expression is looked at; answers go by your words alone.",
      "Nothing certain is seen just now, so nothing about your face would be passed on.",
      "With the next message this would be passed on: ",
      "Open the camera to estimate your facial expression while you write? Pictures stay in memory on this machine and "
      "are\n"
      "not kept; only a line such as {\"apparent_expression\":\"sad\",\"confidence\":0.62} is passed on. [y/N] ",
      "The camera stays closed; answers go by your words alone.",
  };
  static const SessionWords spanish{
      "Hablas con un programa, no con una persona ni con un terapeuta. Si calcula una expresión a partir de tu cara, "
      "es una\n"
      "suposición sobre tu aspecto, no sobre lo que sientes. No se guarda nada si no lo pides. /help muestra las "
      "órdenes.",
      "Lo que escribes va a ",
      "/emotion [NOMBRE|off|on]  qué parece expresar tu cara; ponerlo a mano o dejarlo fuera\n"
      "/mood                     las expresiones de esta conversación en un gráfico\n"
      "/system                   lo que se le dice al modelo en este momento\n"
      "/save ARCHIVO             esta conversación como texto, legible solo para ti\n"
      "/quit                     el final (también Ctrl-D); Ctrl-C detiene una respuesta\n",
      "(otra vez Ctrl-C, Ctrl-D o /quit para acabar)",
      "(detenido)",
      "Para seguir sin servidor: mueca chat --provider offline",
      "/save necesita el nombre de un archivo",
      "guardado en ",
      "no existe esa orden, /help las muestra: ",
      "No se mira ninguna expresión; las respuestas se guían solo por tus palabras.",
      "Ahora no se ve nada con seguridad, así que no se pasaría nada sobre tu cara.",
      "Con el próximo mensaje se pasaría esto: ",
      "¿Abrir la cámara para calcular tu expresión mientras escribes? Las imágenes quedan en la memoria de esta "
      "máquina y no\n"
      "se guardan; solo se pasa una línea como {\"apparent_expression\":\"sad\",\"confidence\":0.62}. [s/N] ",
      "La cámara queda cerrada; las respuestas se guían solo por tus palabras.",
  };
  return language == Language::spanish ? spanish : english;
}

}  // namespace mueca
