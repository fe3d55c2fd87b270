/* Where windows stand: sections with headings, in each the windows side by side.
 *
 * A window is created once, told when its content, the view or its size changed, and only while it is
 * on the screen. What a window shows is its view's; which view fits is `views.js`'s to say. */

import { moved, ordered, withHidden } from './arrangement.js';
import { tray } from './edit.js';
import { standFirst } from './in-order.js';
import { idsInSight } from './in-sight.js';
import { meantWindow } from './meant.js';
import { aboutOf } from './model.js';
import { Past } from './past.js';
import { fill, sectionOf } from './section.js';
import { viewFor } from './views.js';
import { frameOf } from './window.js';

const NEAR_PX = 150; // windows so near the screen are kept up to date too
const OTHERS = 'Other windows'; // those of other clients

export class Layout {
  /** place: below it stand the sections; above it the one without a title. */
  constructor(app, main, place) {
    this.app = app;
    this.main = main;
    this.place = place;
    this.sections = new Map(); // title -> {element, windows}
    this.meantWindow = meantWindow();
    this.panes = new Map(); // window id -> {id, kind, order, packet, view, frame, dirty:Set, fresh, isSeen, size}
    this.tray = tray({
      bring: (id) => this.#hide(id, false),
      restore: () => this.#keep({}),
      done: () => this.app.edit(false),
    });
    place.after(this.tray.element);
    this.past = new Past(app, (id) => this.#cameOfPast(id));
    this.looks = () => {}; // told when other windows are in sight
    this.isFilling = true; // the first windows are still coming, and none stands where it will
    main.classList.add('filling');
    this.observer = new IntersectionObserver((entries) => this.#looked(entries), {
      rootMargin: `${NEAR_PX}px 0px`,
    });
    this.sizes = new ResizeObserver((entries) => this.#resized(entries));
    document.addEventListener('visibilitychange', () => this.#drawAll());
  }

  /** A window came, new or with new content. */
  show(packet) {
    let pane = this.panes.get(packet.id);
    if (!pane || pane.kind !== packet.type) {
      if (pane) this.remove(packet.id);
      pane = this.#create(packet);
      if (!pane) return;
    }
    pane.packet = packet;
    pane.fresh = true;
    this.#draw(pane);
  }

  /** All windows that are there now have come: seen at once, each in its place. What is no plot is
   * drawn before, for its height follows from what it shows. */
  filled() {
    if (!this.isFilling) return;
    this.isFilling = false;
    this.#arrange();
    const panes = this.#inOrder();
    const tops = panes.map((pane) => pane.frame.element.getBoundingClientRect().top);
    panes.forEach((pane, i) => (pane.isSeen = tops[i] < innerHeight + NEAR_PX));
    for (const pane of panes) if (pane.kind !== 'plot') this.#draw(pane);
    this.main.classList.remove('filling');
  }

  /** The ids of the windows that a person sees something of. */
  inSight() {
    return idsInSight([...this.panes.values()], this.app);
  }

  /** Plots can be drawn now: each in a task of its own, so that the page answers in between. */
  drawPlots() {
    const drawNext = ([pane, ...rest]) => {
      if (!pane) return;
      pane.dirty.add('plotly');
      if (this.panes.get(pane.id) === pane) this.#draw(pane);
      setTimeout(() => drawNext(rest));
    };
    drawNext(this.#inOrder().filter((pane) => pane.kind === 'plot'));
  }

  remove(id) {
    const pane = this.panes.get(id);
    if (!pane) return;
    this.observer.unobserve(pane.frame.element);
    this.sizes.unobserve(pane.frame.element);
    pane.view.remove?.();
    pane.frame.element.remove();
    this.panes.delete(id);
    this.#arrange();
  }

  /** What a person chose, or the model, changed. */
  changed(why) {
    if (why.has('layout')) this.#arrange();
    for (const pane of this.panes.values()) {
      why.forEach((key) => pane.dirty.add(key));
      this.#draw(pane);
    }
  }

  /** Begin or end editing; without a value, the other of the two. */
  edit(on = !this.app.isEditing) {
    this.app.isEditing = on;
    document.body.classList.toggle('editing', on);
    this.tray.element.hidden = !on;
    this.app.announce(on ? 'The layout can be edited.' : 'The layout is kept.');
    this.#arrange();
  }

  #create(packet) {
    const create = viewFor(packet, this.app);
    if (!create) return null; // carries a model and nothing to look at here
    const about = aboutOf(packet);
    const { id } = packet;
    const view = create(this.app, packet);
    const frame = frameOf(packet, about, view, {
      hide: () => this.#hide(id, true),
      move: (by) => this.#move(id, by),
    });
    const section = about.section ?? OTHERS;
    const order = about.order ?? 1e6 + (packet.i ?? 0);
    const pane = {
      id,
      kind: packet.type,
      order,
      section,
      packet,
      view,
      frame,
      dirty: new Set(),
      fresh: true,
      isSeen: false,
    };
    frame.element.pane = pane;
    this.panes.set(id, pane);
    if (!this.sections.has(section))
      this.sections.set(section, sectionOf(section, this.sections.size));
    this.#arrange();
    this.observer.observe(frame.element);
    this.sizes.observe(frame.element);
    return pane;
  }

  get #arrangement() {
    return this.app.state.get('layout')[this.app.kind] ?? {};
  }

  #keep(arrangement) {
    const all = { ...this.app.state.get('layout') };
    delete all[this.app.kind];
    const differs = Object.values(arrangement).some((ids) => ids?.length);
    this.app.state.set({ layout: differs ? { ...all, [this.app.kind]: arrangement } : all });
  }

  #hide(id, isHidden) {
    this.#keep(withHidden(this.#arrangement, id, isHidden));
    this.app.announce(
      `${this.panes.get(id)?.packet.title ?? id} is ${isHidden ? 'hidden' : 'shown'}.`,
    );
  }

  #move(id, by) {
    const active = document.activeElement;
    const all = this.#inOrder().map((pane) => pane.id);
    const { section } = this.panes.get(id);
    const together = all.filter(
      (other) =>
        this.panes.get(other).section === section && !this.panes.get(other).frame.element.hidden,
    );
    this.#keep({ ...this.#arrangement, order: moved(all, together, id, by) });
    active?.focus(); // it was moved within the document
  }

  #inOrder() {
    return ordered(this.panes.values(), this.#arrangement.order);
  }

  /** Put every window where it belongs: sections by their first window's design, windows by choice. */
  #arrange() {
    if (this.isFilling) return; // once for all of them
    const { hidden: hiddenIds = [] } = this.#arrangement;
    const panes = this.#inOrder();
    for (const pane of panes) pane.frame.element.hidden = hiddenIds.includes(pane.id);
    const rank = (title) =>
      Math.min(...panes.filter((pane) => pane.section === title).map((pane) => pane.order));
    const titles = [...this.sections.keys()].sort((a, b) => rank(a) - rank(b));
    for (const title of titles)
      fill(
        this.sections.get(title),
        panes.filter((pane) => pane.section === title),
      );
    const [above, below] = [titles.filter((title) => !title), titles.filter(Boolean)].map((group) =>
      group.map((title) => this.sections.get(title).element),
    );
    standFirst(this.main, [...above, this.place, this.tray.element, ...below]);
    this.tray.update(
      panes
        .filter((pane) => pane.frame.element.hidden)
        .map(({ id, packet }) => ({ id, title: packet.title || id })),
    );
    this.meantWindow.arranged(this.panes);
  }

  #cameOfPast(id) {
    const pane = this.panes.get(id);
    if (!pane) return;
    pane.fresh = true;
    this.#draw(pane);
  }

  #looked(entries) {
    for (const { target, isIntersecting } of entries) {
      target.pane.isSeen = isIntersecting;
      if (isIntersecting) this.#draw(target.pane);
    }
    this.looks();
  }

  #resized(entries) {
    for (const { target, contentRect } of entries) {
      const { pane } = target;
      // The height of what is no plot follows from what is drawn, not the other way round.
      const size =
        pane.kind === 'plot'
          ? `${contentRect.width} ${contentRect.height}`
          : `${contentRect.width}`;
      const first = pane.size === undefined;
      if (pane.size === size) continue;
      pane.size = size;
      if (first) continue;
      pane.dirty.add('size');
      this.#draw(pane);
    }
  }

  #drawAll() {
    for (const pane of this.panes.values()) this.#draw(pane);
  }

  #draw(pane) {
    if (this.isFilling || !pane.isSeen || document.hidden || (!pane.fresh && !pane.dirty.size))
      return;
    if (pane.dirty.has('at') && aboutOf(pane.packet).past) pane.fresh = true;
    const [packet, why] = [pane.fresh ? this.past.of(pane.packet) : null, pane.dirty];
    pane.fresh = false;
    pane.dirty = new Set();
    try {
      pane.view.update(packet, why);
      pane.frame.element.classList.remove('undrawn');
      pane.frame.trouble('');
    } catch (error) {
      console.error(error); // one window must not take the others with it
      pane.frame.trouble(`This window cannot be drawn: ${error.message}`);
    }
  }
}
