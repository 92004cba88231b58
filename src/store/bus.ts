// Wake-ups between parts of this process. A wake-up is only a hint: every waiter also keeps a timer, so a lost one costs time, never a message.

import { EVERY_TOPIC } from "./database.ts";

export interface Bus {
  /** At most once, after this turn of the event loop; equal topics of one turn arrive as one. EVERY_TOPIC reaches all. Never throws. */
  publish(topic: string): void;
  subscribe(topic: string, listener: () => void): () => void;
}

/** `onError` hears what a listener throws: the others are called all the same. */
export function localBus(onError: (topic: string, error: unknown) => void): Bus {
  const listeners = new Map<string, Set<() => void>>();
  const published = new Set<string>();

  const deliver = () => {
    const topics = [...published];
    published.clear();
    for (const topic of topics) {
      for (const listener of [...(listeners.get(topic) ?? [])]) {
        try {
          listener();
        } catch (error) {
          onError(topic, error);
        }
      }
    }
  };

  return {
    publish(topic) {
      for (const each of topic === EVERY_TOPIC ? listeners.keys() : [topic]) {
        if (!listeners.has(each)) continue;
        if (published.size === 0) setImmediate(deliver);
        published.add(each);
      }
    },
    subscribe(topic, listener) {
      const ours = listeners.get(topic) ?? new Set();
      listeners.set(topic, ours);
      ours.add(listener);
      return () => {
        ours.delete(listener);
        if (ours.size === 0 && listeners.get(topic) === ours) listeners.delete(topic);
      };
    },
  };
}
