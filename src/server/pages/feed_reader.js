// Reads the activity feed with a cursor: the newest page first, then whatever came after it.
import { request } from './poll.js';

const PAGE = 50; // at most so many are in one answer

export class FeedReader {
  #newest = null; // null: the feed was empty
  #certain = false; // that the feed is the one that was read before

  /** `{ items, anew }`: what is new, newest first; `anew` when it replaces all that was read before. */
  async read(signal) {
    try {
      const result = this.#certain
        ? { items: await this.#after(signal), anew: false }
        : await this.#first(signal);
      this.#certain = true;
      if (result.items.length) this.#newest = result.items[0];
      return result;
    } catch (error) {
      this.#certain = false; // a server that comes back may have another feed (one kept in memory)
      throw error;
    }
  }

  async #first(signal) {
    const items = JSON.parse((await request('/api/activity', { signal })).text);
    const known = this.#newest && items.some((item) => this.#isNewest(item));
    if (known) return { items: items.filter((item) => item.id > this.#newest.id), anew: false };
    const behind = this.#newest && items.length === PAGE && items.at(-1).id > this.#newest.id;
    if (behind) return { items: await this.#after(signal), anew: false };
    return { items, anew: true };
  }

  async #after(signal) {
    let items = [];
    for (;;) {
      const cursor = items[0]?.id ?? this.#newest?.id ?? 0;
      const page = JSON.parse((await request(`/api/activity?after=${cursor}`, { signal })).text);
      items = [...page, ...items];
      if (page.length < PAGE) return items;
    }
  }

  #isNewest(item) {
    return item.id === this.#newest.id && item.created_at === this.#newest.created_at;
  }
}
