/** How fast the lab looks, and how long it waits, on a machine of its own speed and in an emulated one. */

export interface Pace {
  /** Milliseconds between two questions of the client; a question without an answer is given up after `patience`. */
  readonly askEvery: number;
  readonly patience: number;
  /** Milliseconds for which an answer counts as the present state. */
  readonly freshness: number;
  /** Milliseconds between two looks at who holds what. */
  readonly lookEvery: number;
  /** Milliseconds between two questions to the nodes themselves: each starts programs. */
  readonly askNodesEvery: number;
  /** The factor by which limits are longer than on a machine of its own speed. */
  readonly slowness: number;
}

export const ordinaryPace: Pace = {
  askEvery: 5,
  patience: 400,
  freshness: 200,
  lookEvery: 25,
  askNodesEvery: 20,
  slowness: 1,
};

/** Programs run ten to twenty times slower there, and more so beside others. */
export const emulatedPace: Pace = {
  askEvery: 500,
  patience: 5_000,
  freshness: 4_000,
  lookEvery: 500,
  askNodesEvery: 3_000,
  slowness: 6,
};
