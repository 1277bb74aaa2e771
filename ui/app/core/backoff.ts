/**
 * backoff is how many milliseconds to wait before the next attempt, after so many failed ones: it doubles
 * from a half second to fifteen, and is spread by chance (in [0, 1)) so that a server that comes back
 * is not met by everybody at once.
 */
export function backoff(attempts: number, chance: number): number {
  const most = Math.min(15_000, 500 * 2 ** Math.max(0, attempts - 1));
  return most / 2 + (most / 2) * chance;
}
