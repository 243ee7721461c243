-- Lets an attempt in at all of its windows, or at none.
--
-- KEYS  for each window: its failures, its undecided attempts; sorted sets of
--       attempts by the time they began
-- ARGV  what is known of the attempt, the attempt, now, how long an attempt may
--       stay undecided, how long keys outlive their windows; then for each
--       window how many failures it may hold and its length
-- Times are Unix milliseconds, lengths milliseconds.
-- Gives the answer, which window it comes from, and when that window has room.

local known, attempt, now = ARGV[1], ARGV[2], tonumber(ARGV[3])
local undecided_at_most, slack = tonumber(ARGV[4]), tonumber(ARGV[5])

local function each(visit)
  for i = 1, #KEYS, 2 do
    local found = visit(KEYS[i], KEYS[i + 1], tonumber(ARGV[i + 5]), tonumber(ARGV[i + 6]), (i - 1) / 2)
    if found then return found end
  end
end

local function age(failures, undecided, length)
  local given_up = redis.call('ZRANGEBYSCORE', undecided, '-inf', now - undecided_at_most, 'WITHSCORES')
  for i = 1, #given_up, 2 do
    redis.call('ZREM', undecided, given_up[i])
    redis.call('ZADD', failures, given_up[i + 1], given_up[i])
  end
  if #given_up > 0 then redis.call('PEXPIRE', failures, length + slack) end
  redis.call('ZREMRANGEBYSCORE', failures, '-inf', now - length)
  redis.call('ZREMRANGEBYSCORE', undecided, '-inf', now - length)
end

local function began(key, rank)
  local entry = redis.call('ZRANGE', key, rank, rank, 'WITHSCORES')
  return entry[2] and tonumber(entry[2]) or math.huge
end

local waits
local refused = each(function(failures, undecided, limit, length, window)
  age(failures, undecided, length)
  local failed = redis.call('ZCARD', failures)
  if failed >= limit then
    return {'refused', window, began(failures, failed - limit) + length - now}
  end
  if not waits and failed + redis.call('ZCARD', undecided) >= limit then
    waits = {'wait', window, math.min(began(failures, 0), began(undecided, 0)) + length - now}
  end
end)
if refused or waits then
  -- The client of a cluster may send a script again whose answer was lost: what
  -- is in already must not be turned away by itself.
  local entered = redis.call('ZSCORE', KEYS[1], attempt) or redis.call('ZSCORE', KEYS[2], attempt)
  return entered and {'pass', 0, 0} or refused or waits
end

if known == 'right' then
  redis.call('DEL', KEYS[1])
else
  each(function(failures, undecided, _, length)
    local key = known == 'wrong' and failures or undecided
    redis.call('ZADD', key, now, attempt)
    redis.call('PEXPIRE', key, length + slack)
  end)
end
return {'pass', 0, 0}
