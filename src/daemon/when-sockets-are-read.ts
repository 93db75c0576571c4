/**
 * After a stall a late timer fires before the waiting datagrams are read, and one turn of the loop reads at most 32 of
 * them a socket. Whoever judges silence in the timer kills live peers after its own pause; so the timer only starts this.
 */

/** 64 turns of 32 datagrams: more than a cluster can say in a pause that it survives. */
const maxTurns = 64;

/** Calls `then` after a turn of the loop in which nothing was received, or after `turnsLeft` turns. */
export function whenSocketsAreRead(
  received: () => number,
  then: () => void,
  turnsLeft: number = maxTurns,
): void {
  const before = received();
  setImmediate(() => {
    if (received() === before || turnsLeft === 0) then();
    else whenSocketsAreRead(received, then, turnsLeft - 1);
  });
}
