// Imported while nobody waits: the first ES module of a process costs 12 ms on Node.js 20, for it has to start the loader.

export {};
