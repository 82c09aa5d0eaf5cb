import {Presets, SingleBar} from 'cli-progress';

/** A bar on a terminal, a plain line now and then elsewhere. */
export interface Progress {
  update(done: number): void;
  stop(): void;
}

const LINE_PERIOD_MS = 10_000;

export function createProgress(total: number, unit: string, isTty: boolean): Progress {
  if (isTty) {
    const bar = new SingleBar({format: `{bar} {percentage}% {value}/{total} ${unit} {duration_formatted}, {eta_formatted} left`, hideCursor: true}, Presets.shades_classic);
    bar.start(total, 0);
    return {update: (done) => bar.update(done), stop: () => bar.stop()};
  }
  let lastLineMs = performance.now();
  let last = 0;
  return {
    update: (done) => {
      last = done;
      if (performance.now() - lastLineMs < LINE_PERIOD_MS) return;
      lastLineMs = performance.now();
      process.stderr.write(`${done} of ${total} ${unit}\n`);
    },
    stop: () => void process.stderr.write(`${last} of ${total} ${unit}\n`),
  };
}
