/** What the stats process demands of metrics and exporters. */
import type {SettingsView} from './settings-view.ts';

export function checkStats(settings: SettingsView): string | undefined {
  for (const metric of settings.sections('metric')) {
    const fault = checkMetric(metric);
    if (fault !== undefined) return fault;
  }
  for (const exporter of settings.sections('event_exporter')) {
    const fault = checkExporter(exporter);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function checkMetric(metric: SettingsView): string | undefined {
  const name = metric.text('metric_name');
  if (name === '') return "Metric name can't be empty";
  if (metric.text('filter') === '') return `metric ${name} { filter } is empty - will not match anything`;
  for (const word of metric.words('group_by')) {
    const fault = checkGroup(word);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** `field`, `field:discrete`, `field:linear:MIN:MAX:STEP`, `field:exponential:MIN:MAX:BASE`. */
function checkGroup(word: string): string | undefined {
  const [field = '', aggregate = 'discrete', ...texts] = word.split(':');
  if (aggregate === 'discrete')
    return texts.length > 0 ? "group_by 'discrete' aggregate function does not take any args" : undefined;
  if (aggregate !== 'linear' && aggregate !== 'exponential')
    return `unknown aggregation function '${aggregate}' on field '${field}'`;
  const begin = `group_by '${aggregate}' aggregate function`;
  const [min = NaN, max = NaN, last = NaN] = texts.map(Number);
  if (texts.length !== 3 || [min, max, last].some(Number.isNaN)) return `${begin} takes 3 int args`;
  if (min < 0 || max < 0 || last < 0) return `${begin} arguments must be >= 0`;
  if (min >= max) return `${begin} min must be < max (${min} must be < ${max})`;
  if (aggregate === 'linear')
    return min + last > max ? `${begin} min+step must be <= max (${min + last} must be <= ${max})` : undefined;
  return last === 2 || last === 10 ? undefined : `${begin} base must be one of: 2, 10 (base=${last})`;
}

const FORMATS = ['none', 'json', 'tab-text'];
const TRANSPORTS = ['drop', 'http-post', 'log'];

function checkExporter(exporter: SettingsView): string | undefined {
  const name = exporter.text('name');
  if (name === '') return "Exporter name can't be empty";
  const format = exporter.text('format');
  if (format === '') return "Exporter format name can't be empty";
  const transport = exporter.text('transport');
  if (transport === '') return "Exporter transport name can't be empty";
  if (!FORMATS.includes(format)) return `Unknown exporter format '${format}'`;
  if (!TRANSPORTS.includes(transport)) return `Unknown transport type '${transport}'`;
  return checkFormatArguments(name, format, exporter.words('format_args'));
}

function checkFormatArguments(name: string, format: string, words: readonly string[]): string | undefined {
  const unknown = words.find(word => word !== 'time-rfc3339' && word !== 'time-unix');
  if (unknown !== undefined) return `Unknown exporter format arg: ${unknown}`;
  if (words.length > 1) return `Exporter '${name}' specifies multiple time format args`;
  return format !== 'none' && words.length === 0 ? `${format} exporter format requires a time-* argument` : undefined;
}
