/* Where windows stand: sections with headings, in each a grid of windows.
 *
 * A window is created once, told when its content or the view changed, and only while it is on the
 * screen. What a window shows is its view's; which view fits is `views.js`'s to say. */
import { aboutOf } from './model.js';
import { h } from './dom.js';
import { frameOf } from './window.js';
import { viewFor } from './views.js';

const NEAR_PX = 150; // windows so near the screen are kept up to date too

export class Layout {
  constructor(app, main) {
    this.app = app;
    this.main = main;
    this.sections = new Map(); // title -> element of its windows
    this.panes = new Map(); // window id -> {packet, view, frame, dirty:Set, fresh, seen}
    this.observer = new IntersectionObserver((entries) => this.#looked(entries), {
      rootMargin: `${NEAR_PX}px 0px`,
    });
    document.addEventListener('visibilitychange', () => this.#drawAll());
  }

  /** A window came, new or with new content. */
  show(packet) {
    let pane = this.panes.get(packet.id);
    if (!pane || pane.kind !== kindOf(packet)) {
      if (pane) this.remove(packet.id);
      pane = this.#create(packet);
      if (!pane) return;
    }
    pane.packet = packet;
    pane.fresh = true;
    this.#draw(pane);
  }

  remove(id) {
    const pane = this.panes.get(id);
    if (!pane) return;
    this.observer.unobserve(pane.frame.element);
    pane.view.remove?.();
    pane.frame.element.remove();
    this.panes.delete(id);
    this.#hideEmpty();
  }

  /** What a person chose, or the model, changed. */
  changed(why) {
    if (why.has('layout')) this.#arrange();
    for (const pane of this.panes.values()) {
      why.forEach((key) => pane.dirty.add(key));
      this.#draw(pane);
    }
  }

  #create(packet) {
    const create = viewFor(packet, this.app);
    if (!create) return null; // carries a model and nothing to look at here
    const about = aboutOf(packet);
    const view = create(this.app, packet);
    const frame = frameOf(this.app, packet, about, view);
    const pane = { kind: kindOf(packet), packet, view, frame, about, dirty: new Set(), fresh: true, seen: false };
    frame.element.pane = pane;
    this.panes.set(packet.id, pane);
    this.#place(pane);
    this.observer.observe(frame.element);
    return pane;
  }

  #place(pane) {
    const title = pane.about.section ?? 'Other windows';
    if (!this.sections.has(title)) this.#addSection(title);
    const { windows } = this.sections.get(title);
    const next = [...windows.children].find((other) => this.#orderOf(other.pane) > this.#orderOf(pane));
    windows.insertBefore(pane.frame.element, next ?? null);
    this.#hideEmpty();
  }

  #addSection(title) {
    const windows = h('div', { class: 'windows' });
    const id = `section-${this.sections.size}`;
    const heading = h('h2', { id, class: title ? '' : 'unseen' }, title || 'In short');
    const element = h('section', { 'aria-labelledby': id }, heading, windows);
    element.rank = title === 'Other windows' ? 1e9 : null;
    this.sections.set(title, { element, windows });
    this.main.append(element);
  }

  #orderOf(pane) {
    const chosen = this.app.state.get('layout')[this.app.kind]?.order ?? [];
    const place = chosen.indexOf(pane.packet.id);
    return place >= 0 ? place - 1e6 : (pane.about.order ?? pane.packet.i ?? 0);
  }

  /** The person's own order and hidden windows; sections in the order of their first window. */
  #arrange() {
    for (const pane of this.panes.values()) this.#place(pane);
    this.#hideEmpty();
  }

  #hideEmpty() {
    const hidden = new Set(this.app.state.get('layout')[this.app.kind]?.hidden ?? []);
    for (const pane of this.panes.values()) pane.frame.element.hidden = hidden.has(pane.packet.id);
    const rank = (section) =>
      Math.min(...[...section.windows.children].map((child) => child.pane.about.order ?? 1e6 + (child.pane.packet.i ?? 0)));
    const ordered = [...this.sections.values()].sort((a, b) => rank(a) - rank(b));
    for (const { element, windows } of ordered) {
      element.hidden = [...windows.children].every((child) => child.hidden);
      if (element.nextSibling || this.main.lastChild !== element) this.main.append(element);
    }
  }

  #looked(entries) {
    for (const { target, isIntersecting } of entries) {
      target.pane.seen = isIntersecting;
      if (isIntersecting) this.#draw(target.pane);
    }
  }

  #drawAll() {
    for (const pane of this.panes.values()) this.#draw(pane);
  }

  #draw(pane) {
    if (!pane.seen || document.hidden || (!pane.fresh && !pane.dirty.size)) return;
    const [packet, why] = [pane.fresh ? pane.packet : null, pane.dirty];
    pane.fresh = false;
    pane.dirty = new Set();
    try {
      pane.view.update(packet, why);
      pane.frame.trouble('');
    } catch (error) {
      console.error(error); // one window must not take the others with it
      pane.frame.trouble(`This window cannot be drawn: ${error.message}`);
    }
  }
}

function kindOf(packet) {
  return packet.type;
}
