// The phones page: types texts as a provider would deliver them, shows what reaches each phone,
// and receipts it.  It decides nothing about a message; all it shows is put in as text.
"use strict";

const POLL = 700, HIDDEN_POLL = 4000, AWAY_POLL = 8000, TIMEOUT = 8000;
const MULTITAP = 900, RING = 4000, KEYS_A_ROW = 3;
const link = document.getElementById("link");
const arrived = document.getElementById("arrived");
const sound = document.getElementById("sound");
const tabs = document.querySelector(".tabs");
const still = matchMedia("(prefers-reduced-motion: reduce)");
const title = document.title;
const phones = new Map();
const shown = new Set(); // ids of messages that are on a phone
const sending = new Map(); // id -> item of a text whose way to the gateway is not known yet
let webhook = document.body.dataset.webhook;
let cursor = "", era = 0, misses = 0, first = true, powerAsked = 0, powerChanges = 0;

// --- what a text weighs ---

const BASIC = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
const EXTENDED = new Set("\f^{}\\[~]|€");

function weigh(text) {
  let units = 0, gsm = true;
  for (const char of text) {
    if (BASIC.has(char)) units += 1;
    else if (EXTENDED.has(char)) units += 2;
    else { gsm = false; break; }
  }
  if (!gsm) units = text.length;
  const [whole, part] = gsm ? [160, 153] : [70, 67];
  const count = units <= whole ? 1 : Math.ceil(units / part);
  return { left: (count === 1 ? whole : count * part) - units, count };
}

// --- what time it is there: not this browser's, for the gateway's clock can be set forward ---

function format(parts) {
  const how = { hourCycle: "h23", ...parts };
  try {
    return new Intl.DateTimeFormat("en-GB", { timeZone: document.body.dataset.zone, ...how });
  } catch { // a zone that this browser does not know: its own
    return new Intl.DateTimeFormat("en-GB", how);
  }
}

const TIME = format({ hour: "2-digit", minute: "2-digit" });
const DAY = format({ weekday: "short", day: "numeric", month: "short" });
const DATE = format({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
const day = (at, how = DAY) => how.format(at).replace(",", "");

const clock = {
  face: document.getElementById("now"), told: document.getElementById("told"),
  ahead: -Infinity, turn: Promise.resolve(),

  now() { return this.ahead === -Infinity ? Date.now() : performance.now() + this.ahead; },

  // never back: of two answers, the one that says less was longer under way
  learn(now) { this.ahead = Math.max(this.ahead, now - performance.now()); this.show(); },

  show() {
    if (this.ahead === -Infinity) return;
    const at = new Date(this.now()), text = `${day(at, DATE)}, ${TIME.format(at)}`;
    if (this.face.textContent === text) return;
    this.face.textContent = text;
    this.face.dateTime = at.toISOString();
  },

  until(time) {
    const minutes = (text) => { const [hour, minute] = text.split(":"); return 60 * hour + Number(minute); };
    return (minutes(time) - minutes(TIME.format(this.now())) + 1440) % 1440 || 1440;
  },

  async forward(minutes) {
    try {
      const answer = await ask("/phones/clock", {
        method: "POST", headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ minutes }),
      });
      this.learn((await answer.json()).now);
    } catch {
      complain("The clock could not be set forward; please try again.");
      return;
    }
    this.told.textContent = `The clock shows ${this.face.textContent}`;
    this.face.classList.remove("moved");
    void this.face.offsetWidth; // begins the animation anew
    this.face.classList.add("moved");
    soon();
  },

  begin() {
    for (const button of document.querySelectorAll(".clock button")) {
      button.addEventListener("click", (event) => {
        const { minutes, until } = button.dataset;
        if (until && event.detail > 1) return; // a double click means one morning, not two
        // one after the other: how far it is to a time depends on the step before
        this.turn = this.turn.then(() => this.forward(until ? this.until(until) : Number(minutes)));
      });
    }
  },
};

// --- the way to the gateway ---

class Refused extends Error {
  constructor(status) { super(`status ${status}`); this.status = status; }
}

async function ask(path, options = {}) {
  const answer = await fetch(path, { ...options, signal: AbortSignal.timeout(TIMEOUT) });
  if (!answer.ok) throw new Refused(answer.status);
  return answer;
}

function post(path, fields) {
  return ask(webhook + path, { method: "POST", body: new URLSearchParams(fields) });
}

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return "web-" + Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

// Delivery receipts: each once.  What this browser has told is remembered over a reload; what
// could not be told is told again with the next look at the feed.
const receipts = {
  KEY: "safetynet-receipted", MOST: 400, open: new Set(), told: [], busy: false,

  begin() { try { this.told = JSON.parse(localStorage.getItem(this.KEY)) || []; } catch { this.told = []; } },

  add(id) { if (!this.told.includes(id)) this.open.add(id); },

  async send() {
    if (this.busy || !this.open.size) return;
    this.busy = true;
    try {
      for (const id of this.open) {
        try {
          await post("/status", { id, status: "delivered" });
        } catch (fault) {
          if (!(fault instanceof Refused) || fault.status === 404 || fault.status >= 500) return;
        }
        this.open.delete(id);
        this.told = [...this.told, id].slice(-this.MOST);
      }
    } finally {
      this.busy = false;
      try { localStorage.setItem(this.KEY, JSON.stringify(this.told)); } catch { /* a private window */ }
    }
  },
};

// --- a USSD session: each step is posted with all that was typed so far, as a network does ---

const CODE = /^\*[\d*]+#$/, OURS = /^\*384(?:\*([\d*]+))?#$/;

class Session {
  constructor(phone, element) {
    const find = (selector) => element.querySelector(selector);
    this.phone = phone;
    this.box = find(".ussd");
    this.menu = find(".menu");
    this.field = find(".ussd input");
    this.button = find(".answer");
    this.id = "";
    this.text = "";
    this.asks = false; // whether an answer is waited for
    this.box.addEventListener("submit", (event) => { event.preventDefault(); this.answer(); });
    this.box.addEventListener("keydown", (event) => { if (event.key === "Escape") this.hangUp(); });
    find(".hang-up").addEventListener("click", () => this.hangUp());
  }

  get open() { return !this.box.hidden; }

  dial(code) {
    const [ours, behind = ""] = OURS.exec(code) || [];
    this.box.hidden = false;
    this.menu.textContent = "…";
    this.box.querySelector(".hang-up").textContent = "Cancel";
    if (!ours) { this.show("END This code is not known here. Please dial *384#"); return; }
    this.id = newId();
    this.text = behind;
    this.post();
  }

  answer() {
    if (!this.asks) { this.post(); return; } // what did not come through goes once more
    this.text = this.text ? `${this.text}*${this.field.value}` : this.field.value;
    this.post();
  }

  async post() {
    const id = this.id;
    this.asks = false;
    this.button.disabled = true;
    try {
      const answer = await post("/ussd", { id, from: this.phone.number, text: this.text });
      const screen = await answer.text();
      if (this.id === id && this.open) this.show(screen);
    } catch (fault) {
      if (this.id !== id || !this.open) return;
      this.menu.textContent = "No answer from the network.";
      this.button.textContent = "Again";
      this.button.disabled = this.button.hidden = false;
      if (fault.status === 404) misses = Math.max(misses, 1); // another gateway: the next poll asks
    }
    soon();
  }

  show(screen) {
    const ends = screen.startsWith("END ");
    this.menu.textContent = screen.slice(4);
    this.asks = !ends;
    if (ends) this.id = "";
    this.field.hidden = this.button.hidden = ends;
    this.button.disabled = false;
    this.button.textContent = "Send";
    this.box.querySelector(".hang-up").textContent = ends ? "OK" : "Cancel";
    this.field.value = "";
    this.phone.tap.key = "";
    (ends ? this.menu : this.field).focus({ preventScroll: true });
  }

  hangUp() {
    if (this.id) post("/ussd-end", { id: this.id, from: this.phone.number }).catch(() => {});
    this.id = "";
    this.asks = false;
    this.box.hidden = true;
    if (this.phone.on) this.phone.box.focus({ preventScroll: true });
  }
}

// --- a phone ---

class Phone {
  constructor(element) {
    const find = (selector) => element.querySelector(selector);
    this.element = element;
    this.number = element.dataset.number;
    this.thread = find(".thread");
    this.box = find("textarea");
    this.session = new Session(this, element);
    this.tab = document.querySelector(`[data-tab="${this.number}"]`);
    this.keys = Array.from(element.querySelectorAll(".pad button"));
    this.unread = 0;
    this.on = true;
    this.capital = false;
    this.tap = { key: "", at: 0, index: 0 };
    this.ringer = 0;

    element.addEventListener("pointerdown", () => this.read());
    element.addEventListener("focusin", () => this.read());
    this.box.addEventListener("input", () => { this.tap.key = ""; this.count(); });
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.send(); }
    });
    find(".send").addEventListener("click", () => {
      if (!this.session.open) this.send();
      else if (this.session.id) this.session.answer();
      else this.session.hangUp();
    });
    find(".clear").addEventListener("click", () => {
      this.tap.key = "";
      const { open, field: answer } = this.session;
      if (open) answer.value = Array.from(answer.value).slice(0, -1).join("");
      else this.put(Array.from(this.box.value).slice(0, -1).join(""));
    });
    find(".up").addEventListener("click", () => this.scroll(-1));
    find(".down").addEventListener("click", () => this.scroll(1));
    find(".power").addEventListener("click", () => this.power(!this.on));
    this.keys.forEach((key, place) => {
      key.addEventListener("click", () => this.press(key));
      key.addEventListener("keydown", (event) => this.move(event, place));
    });
    for (const example of element.querySelectorAll(".example")) {
      example.addEventListener("click", () => { this.put(example.textContent); this.box.focus({ preventScroll: true }); });
    }
    this.tab.addEventListener("click", () => {
      const table = element.parentElement;
      table.scrollTo({ left: element.offsetLeft - table.offsetLeft, behavior: still.matches ? "auto" : "smooth" });
    });
    this.count();
  }

  put(text) { this.box.value = text; this.count(); }

  count() {
    const { left, count } = weigh(this.box.value);
    this.element.querySelector(".count").textContent = `${left}/${count}`;
    this.element.querySelector(".write .unseen").textContent = `${left} characters left, ${count} SMS`;
  }

  scroll(steps) { this.thread.scrollBy({ top: steps * 80, behavior: still.matches ? "auto" : "smooth" }); }

  // several presses of one key within a moment walk through its letters, then the digit; in a
  // session the digit comes first, and what is dialled has no letters
  press(key) {
    const digit = key.dataset.key, field = this.session.open ? this.session.field : this.box;
    const dialled = this.box.value.startsWith("*") || (!this.box.value && digit === "*");
    if (digit === "#" && dialled && !this.session.open) { this.put(this.box.value + digit); return; }
    if (digit === "#") {
      this.capital = !this.capital;
      this.tap.key = "";
      this.element.querySelector(".case").textContent = this.capital ? "ABC" : "abc";
      return;
    }
    const { letters } = key.dataset;
    const choices = Array.from(this.session.open ? digit + letters : dialled ? digit : letters + digit);
    const now = performance.now();
    let text = field.value;
    if (this.tap.key === digit && now - this.tap.at < MULTITAP) {
      this.tap.index = (this.tap.index + 1) % choices.length;
      text = text.slice(0, -1);
    } else this.tap.index = 0;
    this.tap.key = digit;
    this.tap.at = now;
    const char = choices[this.tap.index];
    text += this.capital ? char.toUpperCase() : char;
    if (this.session.open) { field.value = text; return; }
    this.put(text);
    this.box.scrollTop = this.box.scrollHeight;
  }

  move(event, place) {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -KEYS_A_ROW, ArrowDown: KEYS_A_ROW }[event.key];
    const next = this.keys[place + by];
    if (!next) return;
    event.preventDefault();
    this.keys[place].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  async send(text = this.box.value, id = newId(), item = null) {
    if (!text.trim() || !this.on) return;
    if (item === null && CODE.test(text.trim())) { this.put(""); this.session.dial(text.trim()); return; }
    if (item === null) { item = this.add({ id, direction: "in", text, at_ms: clock.now() }); this.put(""); this.tap.key = ""; }
    shown.add(id);
    sending.set(id, item);
    item.querySelector("button")?.remove();
    try {
      await post("/sms", { id, from: this.number, to: "SafetyNet", text });
      stored(id);
      soon();
    } catch (fault) {
      if (!sending.has(id)) return; // the feed has shown meanwhile that it came through
      item.classList.add("unsent");
      const again = document.createElement("button");
      again.type = "button";
      again.textContent = "Not sent. Try again";
      // the same id again: the gateway stores it once, whatever became of the first try
      again.addEventListener("click", () => this.send(text, id, item));
      item.append(again);
      this.thread.scrollTop = this.thread.scrollHeight;
      if (fault.status === 404) misses = Math.max(misses, 1); // another gateway: the next poll asks
    }
  }

  add(message) {
    const item = document.createElement("li");
    item.className = message.direction;
    const text = document.createElement("span");
    text.dir = "auto";
    text.textContent = message.text;
    const time = document.createElement("time");
    const at = new Date(message.at_ms);
    time.dateTime = at.toISOString();
    const before = this.thread.lastElementChild?.querySelector("time").dateTime;
    const sameDay = day(at) === day(before ? new Date(before) : clock.now());
    time.textContent = sameDay ? TIME.format(at) : `${day(at)}, ${TIME.format(at)}`;
    item.append(text, time);
    this.thread.append(item);
    this.thread.scrollTop = this.thread.scrollHeight;
    return item;
  }

  arrive(message) {
    const item = this.add(message);
    if (message.direction === "in" || first) return;
    item.classList.add("fresh");
    tell(`${this.element.dataset.name}: ${message.text}`);
    const inHand = this.element.contains(document.activeElement) && !document.hidden;
    if (inHand) return; // read as it comes
    this.unread += 1;
    this.mark();
    this.ring();
  }

  // a committee's phone rings; a reporter's only lights up, as a quiet phone does
  ring() {
    const how = this.element.classList.contains("reporter") ? "lit" : "ringing";
    this.element.classList.remove(how);
    void this.element.offsetWidth; // begins the animation anew
    this.element.classList.add(how);
    clearTimeout(this.ringer);
    this.ringer = setTimeout(() => this.element.classList.remove(how), RING);
    if (how === "ringing" && sound.checked) beep();
  }

  read() {
    this.unread = 0;
    this.mark();
    this.element.classList.remove("ringing", "lit");
  }

  mark() {
    const badge = this.element.querySelector(".unread"), tabBadge = this.tab.querySelector("b");
    for (const each of [badge, tabBadge]) { each.hidden = this.unread === 0; each.textContent = this.unread || ""; }
    this.element.toggleAttribute("data-unread", this.unread > 0);
    let all = 0;
    for (const phone of phones.values()) all += phone.unread;
    document.title = all ? `(${all}) ${title}` : title;
  }

  forget() { for (const item of this.thread.querySelectorAll("li:not(.unsent)")) item.remove(); this.read(); }

  show(on) {
    if (this.on === on) return;
    this.on = on;
    this.element.classList.toggle("off", !on);
    this.element.querySelector(".dark").hidden = on;
    this.element.querySelector(".power").setAttribute("aria-pressed", String(on));
    for (const each of this.element.querySelectorAll("textarea, .keys button, .example")) each.disabled = !on;
    if (!on) { if (this.session.open) this.session.hangUp(); this.read(); }
  }

  async power(on) {
    this.show(on);
    powerAsked += 1;
    try {
      await ask("/phones/power", {
        method: "POST", headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ phone: this.number, on }),
      });
    } catch {
      this.show(!on);
      complain("The phone could not be switched; please try again.");
    }
    powerAsked -= 1;
    powerChanges += 1;
  }
}

function stored(id) {
  const item = sending.get(id);
  if (!item) return;
  sending.delete(id);
  item.classList.remove("unsent");
  item.querySelector("button")?.remove();
}

function complain(text) {
  link.textContent = text;
  setTimeout(() => { if (!misses) link.textContent = ""; }, 2 * RING);
}

function tell(text) {
  const line = document.createElement("p");
  line.textContent = text;
  arrived.append(line);
  while (arrived.childElementCount > 12) arrived.firstElementChild.remove();
}

let audio = null;
function beep() {
  audio ??= new AudioContext();
  for (const [at, pitch] of [[0, 880], [0.16, 1175], [0.42, 880], [0.58, 1175]]) {
    const tone = audio.createOscillator(), volume = audio.createGain();
    tone.frequency.value = pitch; tone.type = "triangle";
    volume.gain.setValueAtTime(0.08, audio.currentTime + at);
    volume.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + at + 0.14);
    tone.connect(volume).connect(audio.destination);
    tone.start(audio.currentTime + at); tone.stop(audio.currentTime + at + 0.15);
  }
}

// --- what comes ---

let timer = 0, polling = false;
function soon() { clearTimeout(timer); timer = setTimeout(poll, 120); }

// after an absence another gateway may stand there: fresh data, and another address to post to
async function meet() {
  const config = await (await ask("/phones/config")).json();
  if (config.webhook === webhook) return;
  webhook = config.webhook;
  cursor = "";
  era += 1;
  first = true;
  clock.ahead = -Infinity;
  shown.clear();
  receipts.open.clear();
  for (const phone of phones.values()) phone.forget();
}

function take(message) {
  if (message.direction === "in") stored(message.id);
  const phone = phones.get(message.phone);
  if (!phone || shown.has(message.id)) return;
  shown.add(message.id);
  phone.arrive(message);
  if (message.direction === "out") receipts.add(message.id);
}

async function poll() {
  clearTimeout(timer);
  if (polling) { soon(); return; }
  polling = true;
  const changes = powerChanges;
  try {
    if (misses > 0) await meet();
    const asked = era;
    const feed = await (await ask(`/phones/feed?after=${encodeURIComponent(cursor)}`)).json();
    if (asked !== era) throw new Error("this was told by the gateway before");
    cursor = feed.cursor;
    clock.learn(feed.now);
    feed.messages.forEach(take);
    // an answer that set out before a switch was pressed must not undo it
    if (!powerAsked && changes === powerChanges) {
      for (const [number, on] of Object.entries(feed.power)) phones.get(number)?.show(on);
    }
    if (misses > 0) link.textContent = "";
    misses = 0;
    first = false;
    receipts.send();
  } catch {
    misses += 1;
    if (misses > 1) link.textContent = "The gateway does not answer just now. Nothing you typed is lost; trying again.";
  }
  polling = false;
  clock.show();
  const wait = misses ? Math.min(AWAY_POLL, POLL * 2 ** misses) : POLL;
  timer = setTimeout(poll, document.hidden ? Math.max(wait, HIDDEN_POLL) : wait);
}

// --- begin ---

receipts.begin();
clock.begin();
for (const element of document.querySelectorAll(".phone")) phones.set(element.dataset.number, new Phone(element));

// on a small screen: which phone is in sight
const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    for (const phone of phones.values()) phone.tab.setAttribute("aria-current", String(phone.element === entry.target));
  }
}, { root: document.querySelector(".table"), rootMargin: "999px 0px", threshold: 0.6 });
if (getComputedStyle(tabs).display !== "none") phones.values().next().value?.tab.setAttribute("aria-current", "true");
for (const phone of phones.values()) watcher.observe(phone.element);

document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(); });
poll();
