/** Hands a command line to oclif, with the manifest that the build made. */
import {existsSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {Errors, flush, run} from '@oclif/core';

export async function runPosthorn(argv: readonly string[]): Promise<void> {
  try {
    await run([...argv], {root: cliFolder()});
    await flush();
  } catch (fault) {
    await Errors.handle(fault instanceof Error ? fault : new Error(String(fault)));
  }
}

/** Beside the bundles, or in dist/ when the sources run. */
function cliFolder(): string {
  const places = ['../cli', '../../../dist/cli'];
  return places.map(place => fileURLToPath(new URL(place, import.meta.url))).find(existsSync) ?? '.';
}
