"""English."""

from pipeline.script.conversation.phrases import Phrases

PHRASES = Phrases(
    welcome=("Hello and welcome. Today we talk about “{title}”.", "Welcome. Our subject today: “{title}”."),
    by="It was written by {authors}.",
    me="I'm {name}.",
    me_too="And I'm {name}.",
    opening=("So, what is it about?", "How does it begin?", "What do we have to know first?"),
    about=(
        "Let's come to “{heading}”. What is that about?",
        "The next point is “{heading}”. What is said there?",
        "And what about “{heading}”?",
        "Then there is “{heading}”. Can you tell us more?",
        "What do we learn about “{heading}”?",
    ),
    unnamed=("And what comes next?", "How does it go on?", "And after that?"),
    known={
        "introduction": "Where does it begin?",
        "background": "What is the background?",
        "methods": "How was that done?",
        "method": "How was that done?",
        "results": "And what came out of it?",
        "discussion": "What does that mean?",
        "conclusion": "And what does it all come to?",
        "conclusions": "And what does it all come to?",
        "summary": "Can you sum it up?",
        "abstract": "What is it about, in short?",
        "references": "What does it rest on?",
    },
    go_on=("Go on.", "What else?", "And then?", "Tell us more.", "And further?"),
    reactions=("Mm-hm.", "I see.", "Right.", "Interesting.", "Okay."),
    quote="And I quote: {text}",
    listed="There are {count} points.",
    ordinals=tuple(
        f"{word}: {{text}}" for word in (
            "First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth",
        )
    ),
    then="Next: {text}",
    thanks="That was “{title}”. Thank you, and thank you for listening.",
    goodbye="Thank you, {name}. Until next time.",
)  # fmt: skip
