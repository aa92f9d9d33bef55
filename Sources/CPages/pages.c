// #embed puts the files here as they are; a change of one compiles this file anew. An array that is exported could not be
// seen from Swift, hence the functions.
#include "pages.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char alarms_js[] = {
#embed "../KappaDashboard/Pages/alarms.js"
};
static const unsigned char app_js[] = {
#embed "../KappaDashboard/Pages/app.js"
};
static const unsigned char chart_js[] = {
#embed "../KappaDashboard/Pages/chart.js"
};
static const unsigned char compare_js[] = {
#embed "../KappaDashboard/Pages/compare.js"
};
static const unsigned char completeness_js[] = {
#embed "../KappaDashboard/Pages/completeness.js"
};
static const unsigned char doctor_js[] = {
#embed "../KappaDashboard/Pages/doctor.js"
};
static const unsigned char dom_js[] = {
#embed "../KappaDashboard/Pages/dom.js"
};
static const unsigned char favicon_svg[] = {
#embed "../KappaDashboard/Pages/favicon.svg"
};
static const unsigned char format_js[] = {
#embed "../KappaDashboard/Pages/format.js"
};
static const unsigned char generations_js[] = {
#embed "../KappaDashboard/Pages/generations.js"
};
static const unsigned char index_html[] = {
#embed "../KappaDashboard/Pages/index.html"
};
static const unsigned char instrument_js[] = {
#embed "../KappaDashboard/Pages/instrument.js"
};
static const unsigned char jobs_js[] = {
#embed "../KappaDashboard/Pages/jobs.js"
};
static const unsigned char live_js[] = {
#embed "../KappaDashboard/Pages/live.js"
};
static const unsigned char log_js[] = {
#embed "../KappaDashboard/Pages/log.js"
};
static const unsigned char overview_js[] = {
#embed "../KappaDashboard/Pages/overview.js"
};
static const unsigned char pivot_js[] = {
#embed "../KappaDashboard/Pages/pivot.js"
};
static const unsigned char range_js[] = {
#embed "../KappaDashboard/Pages/range.js"
};
static const unsigned char readings_js[] = {
#embed "../KappaDashboard/Pages/readings.js"
};
static const unsigned char report_js[] = {
#embed "../KappaDashboard/Pages/report.js"
};
static const unsigned char session_js[] = {
#embed "../KappaDashboard/Pages/session.js"
};
static const unsigned char style_css[] = {
#embed "../KappaDashboard/Pages/style.css"
};

static const struct {
    const char *name;
    const unsigned char *bytes;
    unsigned long count;
} pages[] = {
    {"alarms.js", alarms_js, sizeof alarms_js},
    {"app.js", app_js, sizeof app_js},
    {"chart.js", chart_js, sizeof chart_js},
    {"compare.js", compare_js, sizeof compare_js},
    {"completeness.js", completeness_js, sizeof completeness_js},
    {"doctor.js", doctor_js, sizeof doctor_js},
    {"dom.js", dom_js, sizeof dom_js},
    {"favicon.svg", favicon_svg, sizeof favicon_svg},
    {"format.js", format_js, sizeof format_js},
    {"generations.js", generations_js, sizeof generations_js},
    {"index.html", index_html, sizeof index_html},
    {"instrument.js", instrument_js, sizeof instrument_js},
    {"jobs.js", jobs_js, sizeof jobs_js},
    {"live.js", live_js, sizeof live_js},
    {"log.js", log_js, sizeof log_js},
    {"overview.js", overview_js, sizeof overview_js},
    {"pivot.js", pivot_js, sizeof pivot_js},
    {"range.js", range_js, sizeof range_js},
    {"readings.js", readings_js, sizeof readings_js},
    {"report.js", report_js, sizeof report_js},
    {"session.js", session_js, sizeof session_js},
    {"style.css", style_css, sizeof style_css},
};

int kappa_page_count(void) { return sizeof pages / sizeof pages[0]; }

const char *kappa_page_name(int index) { return pages[index].name; }

const unsigned char *kappa_page_bytes(int index, unsigned long *count) {
    *count = pages[index].count;
    return pages[index].bytes;
}
