/** idle is how long somebody may sit still, reading, and still count as active: seconds. */
export const idle = 60;

/** Pace measures active time: the time between signs of life, each stretch counting for a minute at most. */
export class Pace {
  private total: number;
  private last: number | undefined; // milliseconds; undefined while the page is not seen

  /** The time starts to run at now (milliseconds), with so many seconds behind it. */
  constructor(now: number, before = 0) {
    this.total = before;
    this.last = now;
  }

  /** alive is called at a key, a touch, or a movement. */
  alive(now: number): void {
    this.total = this.seconds(now);
    this.last = now;
  }

  /** hide is called when the page can't be seen any more; alive starts it again. */
  hide(now: number): void {
    this.total = this.seconds(now);
    this.last = undefined;
  }

  /** seconds is the active time up to now. */
  seconds(now: number): number {
    if (this.last === undefined) return this.total;
    return this.total + Math.min(idle, Math.max(0, (now - this.last) / 1000));
  }

  /** still is how many seconds ago the last sign of life was. */
  still(now: number): number {
    return this.last === undefined ? Infinity : (now - this.last) / 1000;
  }
}
