/** `ssl_protocols = !SSLv3 TLSv1.2`: the oldest version that such a list allows. */

const VERSIONS = ['SSLv3', 'TLSv1', 'TLSv1.1', 'TLSv1.2'];

type Minimum =
  {readonly version: string; readonly why?: undefined} | {readonly version?: undefined; readonly why: string};

export function minimumOf(list: string): Minimum {
  const allowed = new Set<string>();
  const refused = new Set<string>();
  for (const word of list.split(/[ ,]+/).filter(word => word !== '')) {
    const version = word.startsWith('!') ? word.slice(1) : word;
    if (!VERSIONS.includes(version)) return {why: `Unrecognized protocol '${version}'`};
    (word.startsWith('!') ? refused : allowed).add(version);
    (word.startsWith('!') ? allowed : refused).delete(version);
  }
  const version = VERSIONS.find(each => (allowed.size > 0 ? allowed.has(each) : !refused.has(each)));
  return version === undefined ? {why: 'All protocols disabled'} : {version};
}
