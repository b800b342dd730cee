"use strict";
// Plays a sentence in one voice or the other. Without this script the voices are plain players.
(() => {
  const voices = [...document.querySelectorAll(".voice")].map((card) => ({
    card,
    audio: card.querySelector("audio"),
    starts: JSON.parse(card.dataset.starts),
  }));
  const sentences = [...document.querySelectorAll(".sentence")];
  const reveal = document.getElementById("reveal");
  const result = document.getElementById("result");
  let current = 0;
  let marked = null;

  const sentenceAt = ({ audio, starts }) => {
    let place = 0;
    while (place + 1 < starts.length && starts[place + 1] <= audio.currentTime + 0.05) place += 1;
    return place;
  };

  const mark = (place) => {
    if (marked === place) return;
    if (marked !== null) sentences[marked].classList.remove("on");
    marked = place;
    if (sentences[place]) sentences[place].classList.add("on");
  };

  const silence = (voice) => voices.forEach((other) => other !== voice && other.audio.pause());

  const play = (number, place) => {
    const voice = voices[number];
    if (!voice) return;
    silence(voice); // before it begins: what "play" calls comes a moment later
    voice.audio.currentTime = voice.starts[place] || 0;
    voice.audio.play().catch(() => {});
  };

  voices.forEach((voice, number) => {
    voice.audio.addEventListener("play", () => {
      current = number;
      silence(voice);
      for (const other of voices) other.card.classList.toggle("on", other === voice);
    });
    voice.audio.addEventListener("timeupdate", () => {
      if (number === current) mark(sentenceAt(voice));
    });
  });

  sentences.forEach((button, place) => button.addEventListener("click", () => play(current, place)));

  document.addEventListener("keydown", (event) => {
    const number = Number(event.key) - 1;
    const typing = event.target instanceof HTMLInputElement && event.target.type !== "radio";
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !voices[number]) return;
    event.preventDefault();
    play(number, sentenceAt(voices[current]));
  });

  const grades = () => {
    const rows = voices.map(({ card }) => {
      const chosen = card.querySelector("input:checked");
      return [card.dataset.name, chosen ? Number(chosen.value) : 0];
    });
    if (!rows.some(([, grade]) => grade)) return;
    rows.sort((one, other) => other[1] - one[1]);
    const table = document.createElement("table");
    const caption = table.createCaption();
    caption.textContent = "Your grades";
    for (const [name, grade] of rows) {
      const row = table.insertRow();
      const head = document.createElement("th");
      head.scope = "row";
      head.textContent = name;
      row.append(head);
      row.insertCell().textContent = grade || "not graded";
    }
    result.replaceChildren(table);
  };

  if (reveal) {
    reveal.addEventListener("click", () => {
      for (const { card, audio } of voices) {
        card.querySelector(".shown").textContent += ": " + card.dataset.name;
        audio.setAttribute("aria-label", card.dataset.name);
        card.querySelector(".about").hidden = false;
      }
      reveal.parentElement.remove();
      grades();
      document.addEventListener("change", grades);
    });
  } else {
    document.addEventListener("change", grades);
  }
})();
