/** The content as a server gets it: as it is, or changed to what the server can take and the operator wants. */
import type {AddressSupplies} from '../../address/address-maps.ts';
import type {AddressRewriter, Later} from '../../address/address-rewriter.ts';
import {run} from '../../address/steps.ts';
import type {Log} from '../../log/log.ts';
import type {HeaderPlace} from '../../message/content-scanner.ts';
import type {HeaderField} from '../../message/header-field.ts';
import type {ContentSource, DeliveryRequest} from '../../queue/agent.ts';
import {rewriteHeader} from '../../queue/header-rewrite.ts';
import type {ClientProtocol} from './client-settings.ts';
import {changedContent, type ContentRules} from './content-changes.ts';
import {GenericAddresses} from './generic-addresses.ts';
import {OutgoingChecks} from './outgoing-checks.ts';
import type {ServerFeatures} from './server-features.ts';

export type Content = Pick<ContentSource, 'wholeIfSmall' | 'chunks'>;

export interface OutgoingContent {
  for(features: ServerFeatures): Content;
}

export class ContentMaker {
  readonly generic: GenericAddresses;
  readonly #checks: OutgoingChecks;
  readonly #log: Log;
  readonly #mayConvert: boolean;
  readonly #changesAll: boolean;
  readonly #limits: Pick<ContentRules, 'headerLimit' | 'lineLimit' | 'nestingLimit' | 'boundaryLimit'>;
  readonly #tokenLimit: number;

  constructor(supplies: AddressSupplies, log: Log, protocol: ClientProtocol) {
    const {config} = supplies;
    this.#log = log;
    this.generic = new GenericAddresses(supplies, protocol);
    this.#checks = new OutgoingChecks(supplies, log, protocol);
    this.#mayConvert = !config.get('disable_mime_output_conversion');
    this.#changesAll = !this.generic.isEmpty || this.#checks.checksHeaders || this.#checks.checksBody;
    this.#limits = {
      headerLimit: config.get('header_size_limit'),
      lineLimit: config.get('line_length_limit'),
      nestingLimit: config.get('mime_nesting_limit'),
      boundaryLimit: config.get('mime_boundary_length_limit'),
    };
    this.#tokenLimit = config.get('header_address_token_limit');
  }

  /** `head`: goes before the content, as it is. */
  of(request: DeliveryRequest, head: string): OutgoingContent {
    const {content} = request;
    const source = head === '' ? content : withHead(content, Buffer.from(head, 'latin1'));
    return {
      for: features => {
        const is7Bit = request.envelope.attributes.get('encoding') === '7bit';
        const convertsTo7Bit = this.#mayConvert && !features.has8BitMime && !is7Bit;
        if (!convertsTo7Bit && !this.#changesAll) return source;
        return changed(source, request.envelope.sizeBytes, this.#rules(request.envelope.id, convertsTo7Bit));
      },
    };
  }

  #rules(id: string, convertsTo7Bit: boolean): ContentRules {
    const changesHeaders = !this.generic.isEmpty || this.#checks.checksHeaders;
    return {
      convertsTo7Bit,
      header: changesHeaders ? (place, text, field) => this.#header(id, place, text, field) : undefined,
      bodyLine: this.#checks.checksBody ? line => this.#checks.bodyLine(id, line) : undefined,
      ...this.#limits,
    };
  }

  #header(id: string, place: HeaderPlace, text: string, field: HeaderField | undefined): Later<string | undefined> {
    const checked = this.#checks.header(id, place, text, field);
    if (this.generic.isEmpty || place !== 'primary' || field?.addresses === undefined) return checked;
    const kind = field.addresses;
    const rewrite = (header: string | undefined): Later<string | undefined> =>
      header === undefined ? undefined : run(rewriteHeader(header, kind, this.#rewriting(id)));
    return checked instanceof Promise ? checked.then(rewrite) : rewrite(checked);
  }

  #rewriting(id: string): Parameters<typeof rewriteHeader>[2] {
    const rewriter: Pick<AddressRewriter, 'headerAddress'> = this.generic;
    return {
      rewriter,
      context: 'local',
      tokenLimit: this.#tokenLimit,
      warn: text => this.#log.warning(`${id}: ${text}`),
    };
  }
}

function changed(source: Content, sizeBytes: number, rules: ContentRules): Content {
  const chunks = (): AsyncIterable<Buffer> => changedContent(source.chunks(), rules);
  return {
    chunks,
    async wholeIfSmall(limitBytes) {
      if (sizeBytes > limitBytes) return undefined;
      const parts: Buffer[] = [];
      for await (const part of chunks()) parts.push(part);
      return Buffer.concat(parts);
    },
  };
}

function withHead(source: Content, head: Buffer): Content {
  return {
    async *chunks() {
      yield head;
      yield* source.chunks();
    },
    async wholeIfSmall(limitBytes) {
      const whole = await source.wholeIfSmall(limitBytes);
      return whole === undefined ? undefined : Buffer.concat([head, whole]);
    },
  };
}
