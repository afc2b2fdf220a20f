// `npm start`: installs and builds what is missing, makes an instance (in $POSTHORN_HOME, else ~/.posthorn), and runs the
// mail system in the foreground. Nothing else has to be done first.
import {buildIfStale, installIfMissing, root} from './run.mjs';
import {createRequire} from 'node:module';

installIfMissing();
buildIfStale();
process.env.POSTHORN_HOME ??= `${(await import('node:os')).homedir()}/.posthorn`;
process.argv = [process.execPath, `${root}/bin/posthorn`, 'serve', ...process.argv.slice(2)];
createRequire(import.meta.url)(`${root}/dist/posthorn.cjs`);
