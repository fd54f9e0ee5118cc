const TICK_MS = 100;

/** Where the steps are printed. */
export interface Screen {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/**
 * Prints what is being started: a line for each step when it is done, with its time; on a terminal also one
 * line that tells what is still going on. Steps may overlap.
 */
export class Steps {
  readonly #screen: Screen;
  readonly #going = new Map<string, number>();
  #ticking: NodeJS.Timeout | undefined;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** Runs `work`; the text that it resolves is printed beside its title. Rejects as `work` does. */
  async run(title: string, work: () => Promise<string>): Promise<void> {
    const startedAt = performance.now();
    this.#going.set(title, startedAt);
    this.#tick();
    try {
      const detail = await work();
      this.#going.delete(title);
      this.#line(`  ✓ ${title.padEnd(12)} ${seconds(startedAt).padStart(7)}  ${detail}`);
    } catch (error) {
      this.#going.delete(title);
      this.#line(`  ✗ ${title.padEnd(12)} ${seconds(startedAt).padStart(7)}`);
      throw error;
    }
  }

  /** A line of its own, above the one that tells what is going on. */
  say(text: string): void {
    this.#line(text);
  }

  #line(text: string): void {
    this.#erase();
    this.#screen.write(`${text}\n`);
    this.#tick();
  }

  #tick(): void {
    if (!this.#screen.isTTY) return;
    clearInterval(this.#ticking);
    if (this.#going.size === 0) return;
    this.#draw();
    this.#ticking = setInterval(() => this.#draw(), TICK_MS);
    this.#ticking.unref();
  }

  #draw(): void {
    const going = [...this.#going].map(([title, startedAt]) => `${title} ${seconds(startedAt)}`);
    this.#screen.write(`\r\x1b[2K  … ${going.join('   ')}`);
  }

  #erase(): void {
    if (this.#screen.isTTY) this.#screen.write('\r\x1b[2K');
  }
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
