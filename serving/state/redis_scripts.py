"""Scripts that Redis runs as one step each: events and their counts; see `serving.state.trend`.

Keys: `events:<action>:<user>`, a sorted set of events by time. `events:happened`, a stream of what everybody did, by
number, without whose it is. `trends`, the names of trends by number, and of each
trend `levels`, items by level, `new`, pairs of a user and an item by when the user first acted on it, and `of:<user>`,
the same as a hash for longer. The braces keep all keys on one node of a cluster.
"""

from serving.state.trend import FIRSTS_KEPT_S, MOST_NEWCOMERS, MOST_TRENDS, NOTHING

__all__ = ["APPEND", "DIGITS", "FORGET", "HAPPENED", "HIGHEST", "NUMBER", "PAIRED"]

NUMBER = "{corkboard}:events:number"
HAPPENED = "{corkboard}:events:happened"
DIGITS = 16  # of an event's number, which orders those of the same time
PAIRED = "\n"  # between a user and an item, whose names hold no such thing
SETTINGS = f"""
local DIGITS, MOST_TRENDS, MOST_NEWCOMERS = {DIGITS}, {MOST_TRENDS}, {MOST_NEWCOMERS}
local FIRSTS_KEPT_S, NOTHING = {FIRSTS_KEPT_S}, {NOTHING}
"""
SHARED = r"""
local trends = '{corkboard}:trends'

local function added(level, other)
  if level < other then level, other = other, level end
  return level + math.log(1 + 2 ^ (other - level)) / math.log(2)
end

local function opened(name, number)
  local half_life_s, actions, newcomers = unpack(cjson.decode(name))
  local key = '{corkboard}:trend:' .. number
  local trend = {half_life_s = half_life_s, newcomers = newcomers, actions = {}}
  trend.levels, trend.new, trend.of = key .. ':levels', key .. ':new', key .. ':of:'
  for _, action in ipairs(actions) do trend.actions[action] = true end
  return trend
end

local function all_trends()
  local opened_trends, rows = {}, redis.call('ZRANGE', trends, 0, -1, 'WITHSCORES')
  for place = 1, #rows, 2 do opened_trends[#opened_trends + 1] = opened(rows[place], rows[place + 1]) end
  return opened_trends
end

local function count(trend, user, item, time_s)
  local stored, level = redis.call('ZSCORE', trend.levels, item), time_s / trend.half_life_s
  redis.call('ZADD', trend.levels, stored and added(tonumber(stored), level) or level, item)
end

local function came(trend, user, item, time_s)
  local known = redis.call('HGET', trend.of .. user, item)
  if not known or time_s < tonumber(known) then
    redis.call('HSET', trend.of .. user, item, time_s)
    redis.call('ZADD', trend.new, time_s, user .. '\n' .. item)
  end
  redis.call('EXPIRE', trend.of .. user, FIRSTS_KEPT_S)
end
"""
APPEND = (
    SETTINGS
    + SHARED
    + r"""
local events = cjson.decode(ARGV[2])
local first = redis.call('INCRBY', KEYS[1], #events) - #events
for place, event in ipairs(events) do
  local user, item, action, time_s, text, country = unpack(event)
  local key = '{corkboard}:events:' .. action .. ':' .. user
  redis.call('ZADD', key, time_s, string.format('%0' .. DIGITS .. 'd', first + place) .. text)
  redis.call('ZREMRANGEBYRANK', key, 0, -tonumber(ARGV[1]) - 1)
  redis.call('XADD', '{corkboard}:events:happened', 'MAXLEN', '~', ARGV[3], (first + place) .. '-0',
    'item', item, 'action', action, 'time_s', string.format('%.17g', time_s), 'country', country)
end
for _, trend in ipairs(all_trends()) do
  for _, event in ipairs(events) do
    local user, item, action, time_s = unpack(event)
    if trend.actions[action] then
      count(trend, user, item, time_s)
      if trend.newcomers then came(trend, user, item, time_s) end
    end
  end
end
"""
)
FORGET = (
    SETTINGS
    + SHARED
    + r"""
local user, members, items = ARGV[1], {}, nil
if ARGV[2] ~= '' then
  items = {}
  for _, item in ipairs(cjson.decode(ARGV[2])) do items[item] = true end
end
for place = 3, #ARGV do
  local key = '{corkboard}:events:' .. ARGV[place] .. ':' .. user
  for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do
    if not items or items[cjson.decode(string.sub(member, DIGITS + 1)).item_id] then
      members[#members + 1] = member
      redis.call('ZREM', key, member)
    end
  end
end
for _, trend in ipairs(all_trends()) do
  local gone = {}
  for _, member in ipairs(members) do
    local event = cjson.decode(string.sub(member, DIGITS + 1))
    if trend.actions[event.action] then
      local level = event.time_s / trend.half_life_s
      gone[event.item_id] = gone[event.item_id] and added(gone[event.item_id], level) or level
    end
  end
  for item, level in pairs(gone) do
    local stored = tonumber(redis.call('ZSCORE', trend.levels, item) or level)
    local rest = 1 - 2 ^ math.min(level - stored, 0)
    if rest > NOTHING then redis.call('ZADD', trend.levels, stored + math.log(rest) / math.log(2), item)
    else redis.call('ZREM', trend.levels, item) end
  end
  for _, item in ipairs(redis.call('HKEYS', trend.of .. user)) do
    if not items or items[item] then
      redis.call('ZREM', trend.new, user .. '\n' .. item)
      redis.call('HDEL', trend.of .. user, item)
    end
  end
end
return #members
"""
)
HIGHEST = (
    SETTINGS
    + SHARED
    + r"""
local function each_key(pattern, visit)
  local cursor, seen = '0', {}
  repeat
    local step = redis.call('SCAN', cursor, 'MATCH', pattern, 'COUNT', 1000)
    for _, key in ipairs(step[2]) do
      if not seen[key] then visit(key) end
      seen[key] = true
    end
    cursor = step[1]
  until cursor == '0'
end

local function begun(name, now_s, forgotten_s)
  local number = redis.call('INCR', '{corkboard}:trends:number')
  redis.call('ZADD', trends, number, name)
  local rows = redis.call('ZRANGE', trends, 0, -MOST_TRENDS - 1, 'WITHSCORES')
  for place = 1, #rows, 2 do
    local former = opened(rows[place], rows[place + 1])
    redis.call('DEL', former.levels, former.new)
    each_key(former.of .. '*', function(key) redis.call('DEL', key) end)
    redis.call('ZREM', trends, rows[place])
  end
  local trend = opened(name, number)
  each_key('{corkboard}:events:*:*', function(key)
    for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do
      local event = cjson.decode(string.sub(member, DIGITS + 1))
      if trend.actions[event.action] then
        if event.time_s > forgotten_s then count(trend, event.user_id, event.item_id, event.time_s) end
        if trend.newcomers and event.time_s >= now_s - FIRSTS_KEPT_S then
          came(trend, event.user_id, event.item_id, event.time_s)
        end
      end
    end
  end)
  return number
end

local name, now_s, forgotten, most = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local half_life_s = cjson.decode(name)[1]
local number = redis.call('ZSCORE', trends, name) or begun(name, now_s, forgotten * half_life_s)
local trend, people = opened(name, number), {}
redis.call('ZREMRANGEBYSCORE', trend.levels, '-inf', forgotten)
if trend.newcomers then
  redis.call('ZREMRANGEBYSCORE', trend.new, '-inf', '(' .. ARGV[5])
  people = redis.call('ZREVRANGE', trend.new, 0, MOST_NEWCOMERS - 1)
end
return {redis.call('ZREVRANGE', trend.levels, 0, most - 1, 'WITHSCORES'), people}
"""
)
