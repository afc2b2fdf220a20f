/** Names by wildcards: passdb's username_filter, and the masks of `doveadm user`. `*` and `?`, as in a shell without classes. */

/** `*@example.com !root@*`: what only the `!` patterns leave is wanted too. */
export function isNameWanted(filter: string, name: string): boolean {
  const patterns = filter.split(/[ \t,]+/).filter(Boolean);
  const unwanted = patterns.filter(pattern => pattern.startsWith('!')).map(pattern => pattern.slice(1));
  const wanted = patterns.filter(pattern => !pattern.startsWith('!'));
  if (unwanted.some(pattern => matchesWildcards(pattern, name))) return false;
  return wanted.length === 0 || wanted.some(pattern => matchesWildcards(pattern, name));
}

/** Goes back to the last `*` only: its worst case is the product of the lengths. */
export function matchesWildcards(pattern: string, text: string): boolean {
  let at = 0;
  let place = 0;
  let starAt = -1;
  let starPlace = 0;
  while (at < text.length) {
    const wanted = pattern[place];
    if (wanted === '*') {
      starAt = place++;
      starPlace = at;
    } else if (wanted === '?' || wanted === text[at]) {
      place++;
      at++;
    } else if (starAt >= 0) {
      place = starAt + 1;
      at = ++starPlace;
    } else return false;
  }
  while (pattern[place] === '*') place++;
  return place === pattern.length;
}
