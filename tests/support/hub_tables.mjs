// A Hub dump as SQL sees it: the rules of docs/IMPORT.md written once more, over the source file and our own registries,
// without any of our code. What comes out is one table with a row a model and a column a facet.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { literal, query } from './duckdb.mjs';

const ours = name => literal(fileURLToPath(new URL(`../../data/${name}`, import.meta.url)));

/** The published size buckets: key and smallest parameter count. */
const buckets = [
  ['lt100m', 0n], ['100m-500m', 100_000_000n], ['500m-1b', 500_000_000n], ['1b-5b', 1_000_000_000n],
  ['5b-10b', 5_000_000_000n], ['10b-50b', 10_000_000_000n], ['50b-100b', 50_000_000_000n],
  ['100b-250b', 100_000_000_000n], ['ge250b', 250_000_000_000n],
];

/** Where the fine bins of parameter counts begin: 0, then the Renard series R10 from 100,000 on. */
const binStarts = [0n];
for (let decade = 1_000n; decade < 100_000_000_000n; decade *= 10n) {
  for (const step of [100n, 125n, 160n, 200n, 250n, 315n, 400n, 500n, 630n, 800n]) binStarts.push(step * decade);
}
binStarts.push(10_000_000_000_000n);

/** A count beyond this is not believed. */
const largestCount = 1_000_000_000_000_000n;

/** The facets of a model, in the order of the protocol. */
export const facets = [
  'region', 'country', 'organisation_type', 'organisation', 'size', 'parameters', 'year', 'month', 'task', 'library',
  'licence', 'relation', 'origin',
];

/** The order of sizes, for ranges. */
export const sizeKeys = buckets.map(([key]) => key);

const sizeOfCount = `case
  when parameter_count is null then 'unknown'
  ${[...buckets].reverse().map(([key, from]) => `when parameter_count >= ${from} then '${key}'`).join(' ')}
end`;

const edges = `edges(edge) as (values ${binStarts.map(edge => `(${edge}::bigint)`).join(', ')})`;

/**
 * Reads a dump into the table `name`: id, downloads_30d, downloads_all_time, likes, parameter_count, parameters_source, and one
 * text column for each facet (`parameters` holds the key of the bin).
 */
export async function loadHub(file, name) {
  const source = literal(file);
  const columns = new Set((await query(`describe select * from ${source}`)).map(column => column.column_name));
  const has = (column, expression, otherwise) => (columns.has(column) ? expression : otherwise);

  await query(`create or replace table source as select
    id,
    case when contains(id, '/') then split_part(id, '/', 1) else id end as account,
    downloads as downloads_30d,
    ${has('likes', 'coalesce(likes, 0)', 'null')}::bigint as likes,
    case
      when ${has('createdAt', 'createdAt', 'null')} is null then 'unknown'
      else greatest(strftime(make_timestamp(epoch_us(${has('createdAt', 'createdAt', 'null::timestamp')})), '%Y-%m'), '2022-03')
    end as month,
    ${has('pipeline_tag', "coalesce(nullif(pipeline_tag, ''), 'unknown')", "'unknown'")} as task,
    ${has('library_name', "coalesce(nullif(library_name, ''), 'unknown')", "'unknown'")} as library,
    ${has('tags', 'tags', '[]::varchar[]')} as tags,
    ${has('baseModels', 'baseModels.relation', 'null')}::varchar as stated_relation,
    ${has('baseModels', 'list_transform(baseModels.models, lambda model: model.id)', 'null')}::varchar[] as base_models,
    ${has('safetensors', 'nullif(safetensors.total, 0)', 'null')}::bigint as in_safetensors
    from ${source}`);
  await query(`create or replace table organisations as
    select * from read_csv(${ours('organisations.csv')}, header = true, all_varchar = true) where verified = 'true'`);
  await query(`create or replace table overrides as
    select * from read_csv(${ours('size_overrides.csv')}, header = true, all_varchar = true) where verified = 'true'`);
  await namesThatStateASize();

  const hasLineage = columns.has('baseModels') || columns.has('tags');
  await query(`create or replace table ${name} as
    with ${edges},
    lineage as (
      select *,
        list_filter(tags, lambda tag: starts_with(tag, 'base_model:')) as lineage_tags,
        list_filter(tags, lambda tag: starts_with(tag, 'license:'))[1] as licence_tag
      from source
    ),
    related as (
      select *,
        regexp_extract(
          list_filter(lineage_tags, lambda tag: regexp_matches(tag, '^base_model:(finetune|adapter|quantized|merge):'))[1],
          '^base_model:([a-z]+):', 1
        ) as tagged_relation,
        coalesce(
          list_filter(base_models, lambda model: contains(model, '/'))[1],
          regexp_extract(
            list_filter(lineage_tags, lambda tag: contains(tag, '/'))[1],
            '^base_model:(?:(?:finetune|adapter|quantized|merge):)?(.*)$', 1
          )
        ) as base_model,
        coalesce(len(base_models), 0) > 0 or stated_relation is not null or len(lineage_tags) > 0 as derived
      from lineage
    ),
    sized as (
      select related.*,
        case
          when overrides.parameters is not null then overrides.parameters::bigint
          when in_safetensors between 1 and ${largestCount} then in_safetensors
          when in_safetensors is null then named.parameters
        end as parameter_count,
        case
          when overrides.parameters is not null then 'override'
          when in_safetensors between 1 and ${largestCount} then 'safetensors'
          when in_safetensors is not null then 'unknown'
          when named.parameters is not null then 'name'
          else 'unknown'
        end as parameters_source
      from related left join overrides using (id) left join named using (id)
    )
    select
      id, downloads_30d, null::bigint as downloads_all_time, likes, parameter_count, parameters_source,
      coalesce(own.region, 'unknown') as region,
      coalesce(own.country, 'unknown') as country,
      coalesce(own.type, 'unknown') as organisation_type,
      coalesce(own.organisation, 'unknown') as organisation,
      ${sizeOfCount} as size,
      coalesce(edge::varchar, 'unknown') as parameters,
      case month when 'unknown' then month else month[:4] end as year,
      month, task, library,
      coalesce(nullif(substr(licence_tag, length('license:') + 1), ''), 'unknown') as licence,
      case
        when not ${hasLineage} then 'unknown'
        when not derived then 'base'
        when stated_relation in ('finetune', 'adapter', 'quantized', 'merge') then stated_relation
        else coalesce(nullif(tagged_relation, ''), 'unknown')
      end as relation,
      case
        when not ${hasLineage} then 'unknown'
        when not derived then 'own'
        else coalesce(theirs.organisation, 'unknown')
      end as origin
    from sized
    left join organisations own on own.account = sized.account
    left join organisations theirs on theirs.account = split_part(base_model, '/', 1)
    asof left join edges on parameter_count >= edge`);
}

/** Reads the parts of a snapshot folder into the table `name`, with the same columns as `loadHub` gives. */
export async function loadSnapshot(folder, name) {
  const { parts, totals } = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
  const files = kind =>
    `read_parquet([${parts.filter(part => part.kind === kind).map(part => literal(join(folder, part.path))).join(', ')}])`;
  const measure = column => `${column in totals ? column : 'null'}::bigint as ${column}`;
  const stored = facets.filter(facet => !['size', 'parameters', 'year'].includes(facet));
  await query(`create or replace table ${name} as
    with ${edges},
    rows as (
      select id, downloads_30d, ${measure('downloads_all_time')}, ${measure('likes')}, parameters as parameter_count,
        parameters_source, ${stored.join(', ')}
      from ${files('ids')} positional join ${files('models')}
    )
    select rows.*, ${sizeOfCount} as size, coalesce(edge::varchar, 'unknown') as parameters,
      case month when 'unknown' then month else month[:4] end as year
    from rows asof left join edges on parameter_count >= edge`);
}

/**
 * The table `named`: ids and the parameter count that their name states. Every position of every name is tried as the
 * beginning of a count.
 */
async function namesThatStateASize() {
  await query(`create or replace table named as
    with names as (
      select id, regexp_replace(
        lower(regexp_replace(id, '^[^/]*/', '')),
        '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', 'uuid', 'g'
      ) as name from source
    ),
    positions as (select id, name, unnest(range(1, length(name) + 1)) as place from names),
    tails as (
      select id, substr(name, 1, place - 1) as before, substr(name, place) as tail,
        regexp_extract(
          substr(name, place), '^(?:([0-9]+)x)?([0-9]+)(\\.[0-9]+)?([bmt])(?:$|[^a-z0-9])',
          ['experts', 'whole', 'fraction', 'unit']
        ) as count
      from positions
    ),
    counts as (
      select id, count.unit as unit,
        coalesce(try_cast(count.experts as hugeint), 1)
          * try_cast(count.whole || rpad(substr(count.fraction, 2), 3, '0') as hugeint)
          * (case count.unit when 'b' then 1000000 when 'm' then 1000 else 1000000000 end) as parameters,
        count.experts = '' and count.fraction = '' and count.unit = 'm' and count.whole in ('1', '2', '4', '5', '10') as is_context
      from tails
      where count.unit <> ''
        and regexp_matches(before, '(^|[^a-z0-9])$')
        and not regexp_matches(before, '(^|[^a-z])\\.$')
        and not regexp_matches(before, '(^|[^0-9])[0-9]_$')
        and not (regexp_matches(before, '[0-9a-f]{8}(-[0-9a-f]{4}){0,2}-$') and regexp_matches(tail, '^[0-9a-f]{4}-'))
        and not regexp_matches(before, '(^|[^0-9])0[^a-z0-9]$')
        and (count.experts = '' or regexp_full_match(count.experts, '[2-9]|[1-9][0-9]{1,2}'))
        and (regexp_full_match(count.whole, '[1-9][0-9]{0,3}') or (count.whole = '0' and count.fraction <> ''))
        and length(count.fraction) <= 4
    ),
    deciding as (
      select id, unit, parameters from counts where not is_context
      qualify rank() over (partition by id order by case unit when 'b' then 0 when 'm' then 1 else 2 end) = 1
    )
    select id, min(parameters)::bigint as parameters from deciding
    group by id having count(distinct parameters) = 1 and min(parameters) between 1 and ${largestCount}`);
}
