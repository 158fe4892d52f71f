-- The tap: copies the first bytes of a watched answer for the finish line, as they pass.
--
-- A filter of a backend (`filter lua.yett-tap BYTES`), loaded per thread. It never changes,
-- holds back or waits for anything. Sets, for the log-format:
--   txn.yett_tap    the bytes, raw (the log-format encodes them)
--   txn.yett_tapst  complete | cut | gzip | none
-- They are stored when BYTES are full and again when the analysis ends, because an answer
-- that a client or server aborts has no other end. A tap that is full takes itself out of the
-- stream, else a long download would pass through Lua to its last byte. Every callback runs
-- under pcall: a Lua error inside a filter would leave the client without an answer.

local default_bytes = 16384

local Tap = {}
Tap.id = "yett tap"
Tap.flags = filter.FLT_CFG_FL_HTX
Tap.__index = Tap

function Tap:new()
	return setmetatable({ limit = self.limit, parts = {}, bytes = 0, state = "none" }, Tap)
end

-- Stores what there is, unless it is stored already.
local function store(self, txn)
	if self.stored == self.bytes and self.stored_state == self.state then
		return
	end
	self.stored, self.stored_state = self.bytes, self.state
	if self.bytes > 0 then
		txn:set_var("txn.yett_tap", table.concat(self.parts))
	end
	txn:set_var("txn.yett_tapst", self.state)
end

local function register(self, txn, chn)
	filter.register_data_filter(self, chn)
end

-- The first piece: an answer in an encoding that the agent does not read is told, not copied.
-- The frontend's rules have read the header already, which is cheaper than all headers as a
-- table.
local readable = { [""] = true, identity = true, gzip = true, ["x-gzip"] = true, deflate = true }

local function begin(self, txn, chn)
	local encoding = txn:get_var("txn.yett_ce")
	if encoding ~= nil and not readable[encoding:lower()] then
		self.state = "gzip"
		store(self, txn)
		filter.unregister_data_filter(self, chn)
		return false
	end
	self.state = "cut" -- until its end is seen
	return true
end

local function take(self, txn, chn, msg)
	if self.state == "none" and not begin(self, txn, chn) then
		return
	end
	local piece = msg:body(0, self.limit - self.bytes)
	if piece ~= nil and #piece > 0 then
		self.parts[#self.parts + 1] = piece
		self.bytes = self.bytes + #piece
	end
	if self.bytes >= self.limit then
		store(self, txn)
		filter.unregister_data_filter(self, chn)
	end
end

-- The whole body has passed; without any there was no first piece.
local function finish(self, txn, chn)
	if self.state == "none" and not begin(self, txn, chn) then
		return
	end
	if self.state == "cut" and self.bytes < self.limit then
		self.state = "complete"
	end
end

-- Runs one of the above; after an error the stream goes on without the tap.
local function guarded(self, body, txn, chn, msg)
	if self.dead then
		return
	end
	local ok, err = pcall(body, self, txn, chn, msg)
	if not ok then
		self.dead = true
		pcall(filter.unregister_data_filter, self, chn)
		pcall(core.Warning, "yett tap: " .. tostring(err))
	end
end

function Tap:start_analyze(txn, chn)
	if chn:is_resp() then
		guarded(self, register, txn, chn)
	end
end

function Tap:http_payload(txn, msg)
	if self.bytes < self.limit and self.state ~= "gzip" and msg:is_resp() then
		guarded(self, take, txn, msg.channel, msg)
	end
end

function Tap:http_end(txn, msg)
	if msg:is_resp() then
		guarded(self, finish, txn, msg.channel)
	end
end

function Tap:end_analyze(txn, chn)
	if chn:is_resp() then
		guarded(self, store, txn)
	end
end

core.register_filter("yett-tap", Tap, function(tap, args)
	tap.limit = tonumber(args[1]) or default_bytes
	return tap
end)
