// The phones page: types texts as a provider would deliver them, shows what reaches each phone.
"use strict";

const webhook = document.body.dataset.webhook;
const link = document.getElementById("link");
const sound = document.getElementById("sound");
const phones = new Map();
const shown = new Set();
const POLL = 700, HIDDEN_POLL = 4000, MULTITAP = 900;
let cursor = "", misses = 0, first = true;

const BASIC = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENDED = "\f^{}\\[~]|€";

function segments(text) {
  let units = 0, gsm = true;
  for (const char of text) {
    if (BASIC.includes(char)) units += 1;
    else if (EXTENDED.includes(char)) units += 2;
    else { gsm = false; break; }
  }
  if (!gsm) units = text.length;
  const [whole, part] = gsm ? [160, 153] : [70, 67];
  const count = units <= whole ? 1 : Math.ceil(units / part);
  const room = count === 1 ? whole : count * part;
  return `${room - units}/${count}`;
}

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return "web-" + Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

async function post(path, fields) {
  const answer = await fetch(webhook + path, { method: "POST", body: new URLSearchParams(fields) });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
}

class Phone {
  constructor(element) {
    this.element = element;
    this.number = element.dataset.number;
    this.thread = element.querySelector(".thread");
    this.box = element.querySelector("textarea");
    this.unread = 0;
    this.on = true;
    this.tap = { key: "", at: 0, index: 0 };
    this.capital = false;
    this.tab = document.querySelector(`[data-tab="${this.number}"]`);
    this.box.addEventListener("input", () => this.count());
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.send(); }
    });
    element.addEventListener("pointerdown", () => this.read());
    element.addEventListener("focusin", () => this.read());
    element.querySelector(".send").addEventListener("click", () => this.send());
    element.querySelector(".clear").addEventListener("click", () => { this.put(Array.from(this.box.value).slice(0, -1).join("")); });
    element.querySelector(".power").addEventListener("click", () => this.power(!this.on));
    for (const key of element.querySelectorAll(".pad button")) key.addEventListener("click", () => this.press(key));
    for (const example of element.querySelectorAll(".example")) {
      example.addEventListener("click", () => { this.put(example.textContent); this.box.focus(); });
    }
    this.tab.addEventListener("click", () => element.scrollIntoView({ behavior: "smooth", inline: "center", block: "nearest" }));
    this.count();
  }

  put(text) { this.box.value = text; this.count(); }

  count() { this.element.querySelector(".count").textContent = segments(this.box.value); }

  // several presses of one key within a moment walk through its letters, then the digit
  press(key) {
    const digit = key.dataset.key;
    if (digit === "#") { this.capital = !this.capital; return; }
    const choices = Array.from(key.dataset.letters + digit);
    const now = Date.now();
    let text = this.box.value;
    if (this.tap.key === digit && now - this.tap.at < MULTITAP) {
      this.tap.index = (this.tap.index + 1) % choices.length;
      text = text.slice(0, -1);
    } else this.tap.index = 0;
    this.tap.key = digit; this.tap.at = now;
    const char = choices[this.tap.index];
    this.put(text + (this.capital ? char.toUpperCase() : char));
  }

  async send(text = this.box.value, id = newId(), item = null) {
    if (!text.trim() || !this.on) return;
    if (item === null) { item = this.add({ id, direction: "in", text, at_ms: Date.now() }); this.put(""); }
    shown.add(id);
    item.classList.remove("unsent");
    item.querySelector("button")?.remove();
    try {
      await post("/sms", { id, from: this.number, to: "SafetyNet", text });
      soon();
    } catch {
      // the same id again: the gateway stores it once, whatever became of the first try
      item.classList.add("unsent");
      const again = document.createElement("button");
      again.type = "button";
      again.textContent = "Not sent. Try again";
      again.addEventListener("click", () => this.send(text, id, item));
      item.append(again);
    }
  }

  add(message) {
    const item = document.createElement("li");
    item.className = message.direction;
    item.dataset.id = message.id;
    const time = document.createElement("time");
    time.textContent = new Date(message.at_ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    const text = document.createElement("span");
    text.dir = "auto";
    text.textContent = message.text;
    item.append(text, time);
    this.thread.append(item);
    this.thread.scrollTop = this.thread.scrollHeight;
    return item;
  }

  arrive(message) {
    const item = this.add(message);
    if (message.direction === "in" || first) return;
    item.classList.add("fresh");
    if (this.element.contains(document.activeElement)) return; // in the hand: read as it comes
    this.unread += 1;
    this.mark();
    this.element.classList.remove("ringing");
    void this.element.offsetWidth;
    this.element.classList.add("ringing");
    setTimeout(() => this.element.classList.remove("ringing"), 4000);
    if (sound.checked) beep();
  }

  read() { this.unread = 0; this.mark(); this.element.classList.remove("ringing"); }

  mark() {
    const badge = this.element.querySelector(".unread"), tabBadge = this.tab.querySelector("b");
    for (const each of [badge, tabBadge]) { each.hidden = this.unread === 0; each.textContent = this.unread || ""; }
  }

  show(on) {
    this.on = on;
    this.element.classList.toggle("off", !on);
    this.element.querySelector(".dark").hidden = on;
    this.element.querySelector(".power").setAttribute("aria-pressed", String(on));
    this.box.disabled = !on;
  }

  async power(on) {
    this.show(on);
    await fetch("/phones/power", {
      method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ phone: this.number, on }),
    }).catch(() => this.show(!on));
  }
}

let audio = null;
function beep() {
  audio ??= new AudioContext();
  for (const [at, pitch] of [[0, 880], [0.16, 1175], [0.42, 880], [0.58, 1175]]) {
    const tone = audio.createOscillator(), volume = audio.createGain();
    tone.frequency.value = pitch; tone.type = "square";
    volume.gain.setValueAtTime(0.04, audio.currentTime + at);
    volume.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + at + 0.14);
    tone.connect(volume).connect(audio.destination);
    tone.start(audio.currentTime + at); tone.stop(audio.currentTime + at + 0.15);
  }
}

let timer = 0;
function soon() { clearTimeout(timer); timer = setTimeout(poll, 120); }

async function poll() {
  clearTimeout(timer);
  try {
    const answer = await fetch(`/phones/feed?after=${encodeURIComponent(cursor)}`);
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const feed = await answer.json();
    cursor = feed.cursor;
    for (const message of feed.messages) {
      const phone = phones.get(message.phone);
      if (!phone || shown.has(message.id)) continue;
      shown.add(message.id);
      phone.arrive(message);
      if (message.direction === "out" && !first) post("/status", { id: message.id, status: "delivered" }).catch(() => {});
    }
    for (const [number, on] of Object.entries(feed.power)) phones.get(number)?.show(on);
    misses = 0; first = false;
    link.textContent = "";
  } catch {
    misses += 1;
    if (misses > 1) link.textContent = "The gateway does not answer; trying again.";
  }
  const wait = document.hidden ? HIDDEN_POLL : POLL * Math.min(8, 1 + misses);
  timer = setTimeout(poll, wait);
}

for (const element of document.querySelectorAll(".phone")) phones.set(element.dataset.number, new Phone(element));

const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (entry.isIntersecting) {
      for (const phone of phones.values()) phone.tab.setAttribute("aria-current", String(phone.element === entry.target));
    }
  }
}, { threshold: 0.6 });
for (const phone of phones.values()) watcher.observe(phone.element);

document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(); });
poll();
