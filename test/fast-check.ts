/** fast-check, with the same values in each run: those of seed 1, or of `HEARTBEAT_SEED`. */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['HEARTBEAT_SEED'] ?? 1) });

export { fc };
