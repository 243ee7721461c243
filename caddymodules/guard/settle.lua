-- Decides an attempt that entered undecided.
--
-- KEYS  as in enter.lua
-- ARGV  what is known of the attempt, the attempt, how long keys outlive their
--       windows; then for each window its length

local known, attempt, slack = ARGV[1], ARGV[2], tonumber(ARGV[3])

for i = 1, #KEYS, 2 do
  local failures, undecided, length = KEYS[i], KEYS[i + 1], tonumber(ARGV[3 + (i + 1) / 2])
  local began = redis.call('ZSCORE', undecided, attempt)
  redis.call('ZREM', undecided, attempt)
  if known == 'right' or known == 'void' then
    redis.call('ZREM', failures, attempt)
  elseif began then
    redis.call('ZADD', failures, began, attempt)
    redis.call('PEXPIRE', failures, length + slack)
  end
end
if known == 'right' then redis.call('DEL', KEYS[1]) end
return 1
