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

-- Runs a callback's body; after an error the stream goes on without the tap.
local function guarded(self, chn, body, ...)
	if self.dead then
		return
	end
	local ok, err = pcall(body, self, ...)
	if not ok then
		self.dead = true
		pcall(filter.unregister_data_filter, self, chn)
		pcall(core.Warning, "yett tap: " .. tostring(err))
	end
end

local function is_encoded(headers)
	local encoding = headers["content-encoding"]
	return encoding ~= nil and encoding[0] ~= nil and encoding[0]:lower() ~= "identity"
end

local function begin(self, txn, msg)
	if is_encoded(msg:get_headers()) then
		self.state = "gzip"
		store(self, txn)
		filter.unregister_data_filter(self, msg.channel)
	else
		self.state = "cut" -- until its end is seen
	end
end

local function take(self, txn, msg)
	local room = self.limit - self.bytes
	local piece = msg:body(0, room)
	if piece ~= nil and #piece > 0 then
		self.parts[#self.parts + 1] = piece
		self.bytes = self.bytes + #piece
	end
	if self.bytes >= self.limit then
		store(self, txn)
		filter.unregister_data_filter(self, msg.channel)
	end
end

function Tap:start_analyze(txn, chn)
	if chn:is_resp() then
		guarded(self, chn, function(tap)
			filter.register_data_filter(tap, chn)
		end)
	end
end

function Tap:http_headers(txn, msg)
	if msg:is_resp() then
		guarded(self, msg.channel, begin, txn, msg)
	end
end

function Tap:http_payload(txn, msg)
	if msg:is_resp() and self.state == "cut" and self.bytes < self.limit then
		guarded(self, msg.channel, take, txn, msg)
	end
end

function Tap:http_end(txn, msg)
	if msg:is_resp() then
		guarded(self, msg.channel, function(tap)
			if tap.state == "cut" and tap.bytes < tap.limit then
				tap.state = "complete"
			end
		end)
	end
end

function Tap:end_analyze(txn, chn)
	if chn:is_resp() then
		guarded(self, chn, store, txn)
	end
end

core.register_filter("yett-tap", Tap, function(tap, args)
	tap.limit = tonumber(args[1]) or default_bytes
	return tap
end)
