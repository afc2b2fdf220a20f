/**
 * smtp_header_checks and its kin (header_checks(5)): what becomes of a header or body line as mail goes out. The actions
 * that decide over the mail as a whole are for cleanup(8); here they are warned of and do nothing. Fails with `TableError`.
 */
import {AddressMaps, type AddressSupplies} from '../../address/address-maps.ts';
import {run, type Steps} from '../../address/steps.ts';
import type {Later} from '../../address/address-rewriter.ts';
import type {Log} from '../../log/log.ts';
import type {HeaderPlace} from '../../message/content-scanner.ts';
import {type HeaderField, isHeader} from '../../message/header-field.ts';
import type {ClientProtocol} from './client-settings.ts';

type LineKind = 'header' | 'body';

export class OutgoingChecks {
  readonly #log: Log;
  readonly #places: Readonly<Record<HeaderPlace, AddressMaps>>;
  readonly #body: AddressMaps;

  constructor(supplies: AddressSupplies, log: Log, protocol: ClientProtocol) {
    const isSmtp = protocol === 'smtp';
    this.#log = log;
    this.#places = {
      primary: new AddressMaps(isSmtp ? 'smtp_header_checks' : 'lmtp_header_checks', supplies),
      multipart: new AddressMaps(isSmtp ? 'smtp_mime_header_checks' : 'lmtp_mime_header_checks', supplies),
      nested: new AddressMaps(isSmtp ? 'smtp_nested_header_checks' : 'lmtp_nested_header_checks', supplies),
    };
    this.#body = new AddressMaps(isSmtp ? 'smtp_body_checks' : 'lmtp_body_checks', supplies);
  }

  get checksHeaders(): boolean {
    return Object.values(this.#places).some(maps => !maps.isEmpty);
  }

  get checksBody(): boolean {
    return !this.#body.isEmpty;
  }

  /** MIME headers of the primary header are checked as those of parts are. */
  header(id: string, place: HeaderPlace, text: string, field: HeaderField | undefined): Later<string | undefined> {
    const maps = this.#places[place === 'primary' && field?.isMime === true ? 'multipart' : place];
    return maps.isEmpty ? text : run(this.#check(id, maps, 'header', text));
  }

  bodyLine(id: string, line: string): Later<string | undefined> {
    return run(this.#check(id, this.#body, 'body', line));
  }

  *#check(id: string, maps: AddressMaps, kind: LineKind, line: string): Steps<string | undefined> {
    const found = yield* maps.lookup(line, true);
    if (found === undefined) return line;
    const [, command = '', argument = ''] = /^([^ \t]*)\s*([\s\S]*)$/.exec(found.value) ?? [];
    const note = (action: string): void => {
      const start = `${id}: ${action}: ${kind} ${line.slice(0, MAX_LOGGED)}`;
      this.#log.info(argument === '' ? start : `${start}: ${argument}`);
    };
    switch (command.toUpperCase()) {
      case 'WARN':
        note('warning');
        return line;
      case 'INFO':
        note('info');
        return line;
      case 'REPLACE':
        if (!this.#isGoodText(kind, command, argument, maps)) return line;
        note('replace');
        return argument;
      case 'PREPEND':
        if (!this.#isGoodText(kind, command, argument, maps)) return line;
        note('prepend');
        return `${argument}\n${line}`;
      case 'STRIP':
        note('strip');
        return undefined;
      case 'IGNORE':
        return undefined;
      case 'DUNNO':
      case 'OK':
        return line;
      default:
        this.#log.warning(`unsupported command in ${maps.title} map: ${found.value}`);
        return line;
    }
  }

  #isGoodText(kind: LineKind, command: string, text: string, {title}: AddressMaps): boolean {
    if (text === '') this.#log.warning(`${command.toUpperCase()} action without text in ${title} map`);
    else if (kind === 'header' && !isHeader(text))
      this.#log.warning(
        `bad ${command.toUpperCase()} header text "${text}" in ${title} map -- need "headername: headervalue"`,
      );
    else return true;
    return false;
  }
}

/** Bytes of the line that the log shows. */
const MAX_LOGGED = 200;
