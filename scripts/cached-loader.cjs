// Stands in for a large bundle NAME.cjs and runs NAME.body.cjs with V8's code cache, which spares compiling it at each
// start. A missing or foreign cache (another Node) is made anew when the process ends, if the folder may be written.
const {readFileSync, renameSync, writeFileSync} = require('node:fs');
const {Script} = require('node:vm');

const body = __filename.replace(/cjs$/, 'body.cjs');
const cacheFile = `${body}.${process.version}-${process.arch}`;
let cachedData;
try {
  cachedData = readFileSync(cacheFile);
} catch {
  // not made yet
}
const text = readFileSync(body, 'latin1'); // bundles are ASCII
const script = new Script(`(function(exports,require,module,__filename,__dirname){${text}\n})`, {
  filename: body,
  cachedData,
});
script.runInThisContext().call(exports, exports, require, module, __filename, __dirname);
if (cachedData === undefined || script.cachedDataRejected)
  process.once('exit', () => {
    try {
      writeFileSync(`${cacheFile}.${process.pid}`, script.createCachedData());
      renameSync(`${cacheFile}.${process.pid}`, cacheFile);
    } catch {
      // not ours to write: it works without
    }
  });
