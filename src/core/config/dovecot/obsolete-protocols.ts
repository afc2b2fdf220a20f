/** `protocols = imap imaps pop3 pop3s managesieve`, as Dovecot 1.x had it, in today's words. */

interface CurrentProtocols {
  readonly text: string;
  readonly obsoletes: readonly string[];
  /** Protocols of which only the TLS port was wanted. */
  readonly silenced: readonly string[];
}

export function currentProtocols(value: string): CurrentProtocols {
  const words = value.split(' ').filter(word => word !== '');
  const obsoletes: string[] = [];
  const kept: string[] = [];
  for (const word of words) {
    if (word === 'managesieve') obsoletes.push('protocols=managesieve has been renamed to protocols=sieve');
    if (word !== 'imaps' && word !== 'pop3s') kept.push(word === 'managesieve' ? 'sieve' : word);
  }
  const silenced: string[] = [];
  for (const protocol of ['imap', 'pop3']) {
    if (!words.includes(`${protocol}s`)) continue;
    if (words.includes(protocol)) {
      obsoletes.push(`'${protocol}s' protocol is no longer necessary, remove it`);
      continue;
    }
    obsoletes.push(
      `'${protocol}s' protocol can no longer be specified (use protocols=${protocol}). to disable non-ssl ` +
        `${protocol}, use service ${protocol}-login { inet_listener ${protocol} { port=0 } }`,
    );
    kept.push(protocol);
    silenced.push(protocol);
  }
  return {text: kept.join(' '), obsoletes, silenced};
}
