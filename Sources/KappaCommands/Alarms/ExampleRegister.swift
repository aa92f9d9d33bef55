/// What `kappa alarms init` prints: a register that is in order, and raises a handful of alarms on the simulated site.
enum ExampleRegister {
    static let text = """
        # A register of sensors: what they measure, how they are calibrated, and when somebody must be told.
        #
        # Lines that begin with # are comments. A star stands for any letters; where several lines fit a sensor, each
        # cell comes from the most particular line that says something. An empty cell says nothing, a dash says "none
        # here". Spreadsheets may write semicolons and a decimal comma.
        #
        # valid_from, valid_to   from when until before when the line holds: 2024-05-31T06:00:00Z, always with a zone
        # unit                   of the value after the conversion: kPa, mH2O, mm, m, microstrain, kN, degC, ...
        # factor, offset         value = factor * raw + offset
        # polynomial             or "A B C": value = A * raw^2 + B * raw + C (two to seven coefficients)
        # temperature_factor,    + temperature_factor * (temperature - temperature_zero)
        # temperature_zero
        # baseline               subtracted last: the value at the start of the works
        # NAME_above, NAME_below review levels, the least severe first, up to four a side: alert_above, alarm_above, ...
        # NAME_rate, rate_per    and of the change within a time, whatever its sign
        # hysteresis             by how much a value must have left a level before the alarm eases
        # hold                   how long a value must lie beyond a level before there is an alarm
        # overdue_after          how long a sensor may say nothing
        # tell, response         who is told, and what they must do
        # northing, easting,     where it is; note is for people
        # depth
        #
        # When a sensor is calibrated anew, end its line (valid_to) and begin another one with the same valid_from.
        borehole_number,instrument,valid_from,valid_to,unit,factor,offset,polynomial,temperature_factor,\
        temperature_zero,baseline,alert_above,action_above,alarm_above,alert_below,hysteresis,hold,alert_rate,rate_per,\
        overdue_after,tell,response
        *,piezometer,,,kPa,,,,,,,142,152,165,40,2,30s,,,15m,shift engineer,Check the dewatering pumps
        *,water_standpipe,,,m,,,,,,,-2.3,-1,0.5,,0.1,30s,,,15m,shift engineer,Read it by hand
        *,settlement_marker,,,mm,,,,,,,12,18,24,-20,0.5,30s,5,1d,15m,site manager,Survey it again
        *,extensometer,,,mm,,,,,,,15,18,22,,0.5,30s,,,15m,site manager,Compare with the settlement markers
        *,strain_gauge,,,mm,,,,,,,10.5,14,20,,0.5,30s,,,15m,structural engineer,Check the struts
        # Two vibrating-wire piezometers as their certificates have them; the second one was calibrated anew.
        VW-101,piezometer,,,kPa,,,-1.2345e-6 -0.01234 112.5,-0.0512,21.4,,,,,,,,,,,,
        VW-102,piezometer,,2024-03-01T00:00:00Z,kPa,-0.02101,189.6,,0.0123,20.1,,,,,,,,,,,,
        VW-102,piezometer,2024-03-01T00:00:00Z,,kPa,-0.02088,188.2,,0.0123,20.1,,,,,,,,,,,,

        """
}
