#include "apps/chat/offline_lexicon.h"

namespace mueca {
namespace {

using S = std::string_view;

constexpr IntentWords kIntentWords[] = {
    {Intent::give_name, 14, "my name is|call me|my names|the name is"},
    {Intent::goodbye, 9,
     "bye|goodbye|good bye|see you|see ya|good night|goodnight|have to go|gotta go|talk later|take care"},
    {Intent::ask_face, 16,
     "how do i look|do i look|what do you see|can you see me|do you see me|my face|my expression|"
     "read my face|what does the camera|do i seem"},
    {Intent::ask_name, 12, "what is my name|whats my name|do you know my name|remember my name|who am i"},
    {Intent::ask_human, 12,
     "are you human|are you real|are you a person|are you a bot|are you a robot|are you an ai|"
     "are you a program|are you a therapist|are you a machine|are you chatgpt"},
    {Intent::ask_feelings, 14,
     "do you feel|can you feel|do you have feelings|are you sad|are you happy|do you get sad|"
     "are you lonely|do you care"},
    {Intent::ask_self, 14,
     "who are you|what are you|your name|what can you do|how do you work|who made you|what is mueca|"
     "tell me about yourself|are you online|are you offline|do you remember"},
    {Intent::how_are_you, 9, "how are you|how are things|how is it going|hows it going|whats up|how do you do|and you"},
    {Intent::joke, 12, "tell me a joke|a joke|make me laugh|something funny|cheer me up"},
    {Intent::advice, 40,
     "what should i do|what can i do|what do i do|any advice|some advice|give me advice|can you help|"
     "help me|any tips|what would you do|how do i|how can i"},
    {Intent::thanks, 9, "thanks|thank you|thx|cheers|appreciate it|that helps|that helped"},
    {Intent::greeting, 5, "hi|hello|hey|good morning|good afternoon|good evening|howdy|hiya", "feel|am|im|because|but"},
    {Intent::yes, 3, "yes|yeah|yep|sure|i do|i am|of course|exactly|right|true|definitely|i think so"},
    {Intent::no, 4, "no|nope|nah|not really|i dont|dont think so|never|not at all"},
};

constexpr FeelingWords kFeelings[] = {
    {Tone::sad, true,
     "sad|down|depressed|unhappy|lonely|alone|heartbroken|miserable|hopeless|hurt|empty|disappointed|"
     "discouraged|exhausted|tired|drained|homesick|low|blue|worthless|guilty|ashamed|awful|terrible|bad|"
     "numb|lost|unwell|sick"},
    {Tone::sad, false,
     "died|passed away|funeral|broke up|break up|broken up|left me|failed|cry|crying|cried|miss|grief|"
     "lost my|fired|divorce|cancer"},
    {Tone::angry, true, "angry|mad|furious|annoyed|frustrated|irritated|fed up|resentful|jealous|outraged|pissed"},
    {Tone::angry, false,
     "hate|unfair|shouted|yelled|yells|shouts|insulted|lied|betrayed|idiot|stupid|argument|argued|fight"},
    {Tone::afraid, true,
     "afraid|scared|anxious|worried|nervous|stressed|overwhelmed|terrified|panicked|insecure|tense|"
     "uneasy|restless|unsure|confused"},
    {Tone::afraid, false, "panic|worry|worries|fear|stress|pressure|nightmare|nightmares|deadline|cant sleep"},
    {Tone::glad, true,
     "happy|glad|great|excited|proud|relieved|grateful|wonderful|fantastic|amazing|joyful|content|calm|"
     "hopeful|good|better|in love|cheerful"},
    {Tone::glad, false,
     "passed|won|promotion|promoted|got the job|birthday|wedding|engaged|baby|celebrate|yay|love it"},
};

constexpr S kWork[] = {"What part of your work takes most out of you?",
                       "How are things between you and the people at work?",
                       "If you could change one thing about your job this week, what would it be?",
                       "Does work leave you any room to catch your breath?"};
constexpr S kStudy[] = {"How long have your studies been on your mind like this?",
                        "Which part of it feels hardest just now?", "Who could go through some of it with you?",
                        "What would a good enough result look like to you?"};
constexpr S kFamily[] = {"What are things like at home at the moment?", "How do you wish your family would respond?",
                         "Who in your family is easiest to talk to?", "Has it always been this way between you?"};
constexpr S kPartner[] = {"What do you wish the two of you could say to each other?",
                          "How long has it been like this between you?",
                          "What do you miss most, or value most, about the relationship?",
                          "How do you look after yourself while this is going on?"};
constexpr S kFriends[] = {"Which of your friends knows about this?", "What would you like your friends to understand?",
                          "When did you last spend a good day with a friend?",
                          "What makes someone a good friend to you?"};
constexpr S kSleep[] = {"What goes through your head when you lie awake?", "How have your nights been this week?",
                        "Is there something that used to help you rest?",
                        "What do your evenings look like before bed?"};
constexpr S kHealth[] = {"How are you coping with it from day to day?", "Has a doctor had a look at it?",
                         "What does your body need most at the moment?", "Who looks after you when you are unwell?"};
constexpr S kPet[] = {"What is your animal like?", "How long have you two been together?",
                      "What do you like doing together?", "What would it say about you if it could talk?"};
constexpr S kMoney[] = {"Is it one bill that worries you, or all of it together?",
                        "Who could you sort the numbers out with?",
                        "What would a little less pressure about money change first?"};
constexpr S kHome[] = {"What makes a place feel like home to you?", "What do you miss about where you were before?",
                       "How are you settling in?"};
constexpr S kHobby[] = {"How did you get into it?", "What do you like best about it?", "When do you find time for it?",
                        "What are you working towards there?"};
constexpr S kTravel[] = {"What are you looking forward to most?", "Who is going with you?",
                         "What drew you to that place?"};
constexpr S kFuture[] = {"What would you like your life to look like in a year?",
                         "Which small step would be yours to take?", "What speaks for it, and what against it?"};

constexpr S kLostWork[] = {"What worries you most about it?", "Who knows about it already?",
                           "What would help you get through this week?"};

constexpr Topic kTopics[] = {
    {"lost my job|losing my job|got fired|was fired|been fired|laid off|made redundant|unemployed|out of work",
     "losing your work", kLostWork},
    {"work|job|boss|colleague|colleagues|office|meeting|project|coworker|coworkers|manager|career|shift|interview",
     "your work", kWork},
    {"exam|exams|study|studies|studying|school|university|college|homework|thesis|class|teacher|grades|test|course",
     "your studies", kStudy},
    {"mother|father|mum|mom|dad|parents|sister|brother|family|son|daughter|grandmother|grandfather|grandma|grandpa|"
     "kids|"
     "children|aunt|uncle|cousin",
     "your family", kFamily},
    {"girlfriend|boyfriend|wife|husband|partner|relationship|date|dating|ex|marriage|divorce|broke up",
     "your relationship", kPartner},
    {"friend|friends|friendship|roommate|flatmate|neighbour|neighbor", "your friends", kFriends},
    {"sleep|insomnia|nightmare|nightmares|awake|tired", "your sleep", kSleep},
    {"doctor|hospital|illness|ill|pain|headache|surgery|cancer|medication|health|diet", "your health", kHealth},
    {"dog|cat|pet|puppy|kitten|hamster|horse|parrot|rabbit", "your pet", kPet},
    {"money|rent|debt|debts|bills|loan|salary|broke|mortgage", "money", kMoney},
    {"house|flat|apartment|moved|moving|home|city", "the place where you live", kHome},
    {"music|guitar|piano|football|soccer|running|painting|drawing|reading|book|books|game|games|film|movie|series|"
     "dance|"
     "dancing|cooking|garden|chess|photography|code|coding|programming",
     "what you do in your free time", kHobby},
    {"trip|travel|travelling|traveling|holiday|holidays|vacation|flight|beach", "your trip", kTravel},
    {"future|decision|decide|plan|plans|change", "what comes next", kFuture},
};

constexpr S kGiveName[] = {"Nice to meet you, {name}. What is on your mind today?",
                           "Hello {name}, good that you are here. How has your day been?",
                           "Thank you, {name}. What would you like to talk about?"};
constexpr S kGoodbye[] = {"Goodbye{name,}. Take good care of yourself.",
                          "See you{name,}. I hope the rest of your day is kind to you.",
                          "Take care{name,}. Thank you for talking with me."};
constexpr S kAskHuman[] = {
    "No, I am a program on your own computer: a set of rules and sentences, no person and no therapist. I listen as "
    "well as rules can.",
    "I am software, not a person. What you tell me still matters, and some of it may deserve a real person's ear."};
constexpr S kAskFeelings[] = {"I have no feelings, being a program; but yours are welcome here. What made you wonder?",
                              "Nothing is felt in here, only sentences chosen with care. How is it for you?"};
constexpr S kAskSelf[] = {
    "I am mueca's offline companion: rules and sentences on your machine, nothing is sent anywhere. I can listen, ask "
    "and remember while we talk.",
    "They call me mueca. I keep what you say only until this conversation ends, and I understand less than I seem to. "
    "What brings you here?",
    "A small program that listens: no model, no network. With --provider you could talk to a larger one."};
constexpr S kHowAreYou[] = {"I am only a program, so I am as fine as ever. And how are you, really?",
                            "All quiet here, thank you for asking. What about you{name,}?",
                            "Ready to listen. How has today treated you so far?"};
constexpr S kJoke[] = {
    "A neural network walks into a bar; the bartender says: the usual? It answers: 0.93. What usually makes you laugh?",
    "Why did the camera go to therapy? It had lost its focus. When did you last laugh properly?",
    "I would tell you a joke about recursion, but first I would have to tell you a joke about recursion. Did that help "
    "a little?"};
constexpr S kThanks[] = {"You are welcome{name,}. Is there more that you would like to say?",
                         "Gladly. How do you feel now compared with when we began?",
                         "Of course. I am here if something else comes up."};
constexpr S kGreeting[] = {"Hello{name,}! How are you today?",
                           "Hi{name,}, good to have you here. What is on your mind?",
                           "Hey{name,}. How has your day been so far?"};
constexpr S kYes[] = {"All right. Tell me a little more about that.",
                      "I see. What is the most important part of it for you?",
                      "Good to know. What would help you with it?", "Okay. And how does that leave you?"};
constexpr S kNo[] = {"That is fine. What would be closer to it?",
                     "All right, no need to. What would you rather talk about?",
                     "Okay. What is it like, then, in your own words?", "Fair enough. What matters to you just now?"};
constexpr S kQuestion[] = {
    "I wish I had a good answer to that; rules like mine do not. What does your own sense tell you?",
    "That is more than I can know. What would you like the answer to be?",
    "A fair question. What makes it important to you just now?",
    "I cannot tell, honestly. What have you thought of so far?",
    "You may know that better than I do. What comes to your mind first?"};
constexpr S kBrief[] = {"I am listening. Say as much or as little as you like.", "Take your time. What is behind that?",
                        "Mm. What would you add if you had one more sentence?", "Tell me more, if you want to.",
                        "I am with you. Where shall we go from here?"};

constexpr S kAckPlain[] = {"Thank you for telling me.",
                           "I see.",
                           "That gives me a better picture.",
                           "I am following you.",
                           "Okay, let me stay with that for a moment.",
                           "It is good that you put it into words.",
                           "That sounds like something worth a closer look.",
                           "I hear you."};
constexpr S kAckSad[] = {"I am sorry, that sounds hard.",
                         "That is a lot to carry.",
                         "It makes sense that this weighs on you.",
                         "That hurts, and you do not have to hurry past it.",
                         "I am glad you are not keeping it to yourself.",
                         "What a heavy thing to deal with.",
                         "That must take a lot of strength.",
                         "No wonder you feel worn out by it."};
constexpr S kAckAngry[] = {"I can see why that makes your blood boil.",
                           "That would bother most people.",
                           "It sounds as if a line was crossed.",
                           "Anger often says that something matters to you.",
                           "That was not fair on you, the way you tell it.",
                           "No wonder you are upset."};
constexpr S kAckAfraid[] = {"That sounds unsettling.",
                            "It is hard when so much is uncertain.",
                            "A worry like that can fill a whole day.",
                            "Anyone might feel tense with that ahead.",
                            "It takes courage to look at it at all.",
                            "Let us take it one piece at a time."};
constexpr S kAckGlad[] = {
    "How good to hear!",           "That sounds lovely.",   "You have every reason to enjoy that.",
    "What a nice thing to share.", "That must feel light.", "I like how that sounds."};
constexpr S kAskPlain[] = {"What matters most to you about it?",
                           "How did that come about?",
                           "What was that like for you?",
                           "What do you make of it yourself?",
                           "What would you like to happen next?",
                           "Who else plays a part in this?",
                           "When did it begin?",
                           "What have you not said about it yet?"};
constexpr S kAskSad[] = {"What hurts most about it?",
                         "Who is there for you in this?",
                         "What would be a comfort today, even a small one?",
                         "How long have you been carrying this?",
                         "What would you say to a friend who told you the same?",
                         "When was it a little easier?",
                         "What do you need most just now?"};
constexpr S kAskAngry[] = {"What upset you most?",
                           "What would have been fair?",
                           "What would you like to say to them?",
                           "What do you need in order to let some of it go?",
                           "Has something like this happened before?",
                           "What usually helps you cool down?"};
constexpr S kAskAfraid[] = {"What is the worst part of the thought?", "What is in your hands here, and what is not?",
                            "Where in your body do you notice it?",   "What helped the last time you felt like this?",
                            "What would make the next hour easier?",  "How likely does it seem on a calmer day?"};
constexpr S kAskGlad[] = {"What was the best moment?", "Who do you want to share it with?", "How will you celebrate?",
                          "What did you do to make it happen?", "What would you like to keep from today?"};
constexpr S kAdvisePlain[] = {"One thing that often helps is to write down two options and what each would cost you.",
                              "Perhaps begin with the smallest step that you could do today.",
                              "It may help to ask somebody who has been there before."};
constexpr S kAdviseSad[] = {"Be gentle with yourself today: something to eat, some daylight, one person you trust.",
                            "A message to somebody who knows you well could be a start; it may be short.",
                            "If it stays this heavy for more than two weeks, a doctor or counsellor is worth a visit."};
constexpr S kAdviseAngry[] = {"Give it an hour and a walk before you answer anyone.",
                              "Try saying what you saw, what it did to you and what you ask for, in that order.",
                              "Write the angry version first, and do not send it."};
constexpr S kAdviseAfraid[] = {
    "Breathe out slowly, longer than in, five times; it tells the body that nothing chases it.",
    "Write down what is certain and what is only feared, in two columns.",
    "Split it up and do the part that takes ten minutes."};
constexpr S kAdviseGlad[] = {"Enjoy it before planning the next thing.", "Tell somebody who helped you; it doubles."};

constexpr S kFeels[] = {"You feel {feeling}.", "So it is a {feeling} kind of day for you.", "{feeling}, you say.",
                        "I hear that you feel {feeling}."};
constexpr S kFeelsNot[] = {"So not {feeling} at all.", "Not {feeling}, then."};
constexpr S kBecause[] = {"So {quote}.", "If I follow you, {quote}.", "I hear that {quote}."};
constexpr S kBack[] = {"Earlier you spoke about {topic}. How is that for you now?",
                       "Let me come back to {topic}: has anything changed since you mentioned it?",
                       "I keep thinking of what you said about {topic}. What else belongs to it?"};
constexpr S kNoFace[] = {
    "I have no estimate of your face at the moment, so I can only go by your words. How do you feel?",
    "Just now there is nothing that I could say about your face. What would you say yourself?"};
constexpr S kFace[] = {
    "A program's guess from the picture is \"{expression}\", and it may well be wrong: a face is not a feeling. How is "
    "it from the inside?",
    "The estimate says \"{expression}\", no more than a guess about how it looks. Does it fit?"};
constexpr S kNameKnown[] = {"You told me that you are called {name}.", "{name}, if I kept it right."};
constexpr S kNameUnknown[] = {"You have not told me your name yet. What shall I call you?"};
constexpr S kAfterCrisis[] = {
    "I am glad that you are still writing. Is there a person near you, or on one of those lines, whom you can talk to "
    "now?",
    "Thank you for staying in touch. You matter more than any of this; please let somebody be with you tonight. Are "
    "you safe at this moment?",
    "I am here, and I am only a program. Who could you call or sit with right now?"};

}  // namespace

const Lexicon& english_lexicon() {
  static const Lexicon lexicon{
      kIntentWords,
      kFeelings,
      kTopics,
      "not|never|no|dont|isnt|arent|wasnt|didnt|cant|hardly|without",
      "feel|feeling|felt|feels|am|im|was|been|being|get|getting|got|so|very|really|too|bit|pretty|quite|makes",
      "my name is|call me|my names|the name is",
      "a|the|when|back|later|crazy|not|if|it|on|in",
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
